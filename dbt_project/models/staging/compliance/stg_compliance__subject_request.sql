-- One row per claimed raw record of subject_request, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/compliance/subject_request.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('compliance', 'source_subject_request') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        {{ correlation_id('_payload', '_run_id') }} as _correlation_id,
        _payload,
        nullif(_payload ->> 'request_id', '') as request_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'subject_email' as subject_email,
        nullif(_payload ->> 'contact_id', '') as contact_id,
        _payload ->> 'right_asked' as right_asked,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'received_on', '') as received_on,
        nullif(_payload ->> 'due_on', '') as due_on,
        nullif(_payload ->> 'answered_on', '') as answered_on,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.request_id,
        typed.tenant_id,
        typed.subject_email,
        typed.contact_id,
        typed.right_asked,
        typed.status,
        typed.received_on,
        typed.due_on,
        typed.answered_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('request_id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('subject_email', 'varchar(254)', required=true) }},
                {{ cast_fault('contact_id', 'uuid') }},
                {{ cast_fault('right_asked', 'varchar(16)', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('received_on', 'date', required=true) }},
                {{ cast_fault('due_on', 'date', required=true) }},
                {{ cast_fault('answered_on', 'date') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.request_id', 'uuid') }} as request_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.subject_email', 'varchar(254)') }} as subject_email,
            {{ cast_or_null('sent.contact_id', 'uuid') }} as contact_id,
            {{ cast_or_null('sent.right_asked', 'varchar(16)') }} as right_asked,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.received_on', 'date') }} as received_on,
            {{ cast_or_null('sent.due_on', 'date') }} as due_on,
            {{ cast_or_null('sent.answered_on', 'date') }} as answered_on,
            {{ cast_or_null('sent.updated_at', 'timestamptz') }} as updated_at
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed._correlation_id,
        typed.request_id,
        typed.tenant_id,
        typed.subject_email,
        typed.contact_id,
        typed.right_asked,
        typed.status,
        typed.received_on,
        typed.due_on,
        typed.answered_on,
        typed.updated_at,
        computed.is_on_time,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('is_on_time', 'boolean', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (answered_on <= due_on)::text as is_on_time
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.is_on_time', 'boolean') }} as is_on_time
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
        request_id,
        tenant_id,
        subject_email,
        contact_id,
        right_asked,
        status,
        received_on,
        due_on,
        answered_on,
        is_on_time,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (right_asked in ('access', 'rectify', 'erase', 'restrict', 'port', 'object'))
                    then 'right_asked: expected one of access, rectify, erase, restrict, port, object'
            end,
            case
                when not (status in ('received', 'verified', 'in_progress', 'answered', 'refused'))
                    then 'status: expected one of received, verified, in_progress, answered, refused'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (subject_email ~ '^[^@ ]+@[^@ ]+$')
                    then 'subject_email: does not fit ^[^@ ]+@[^@ ]+$'
            end,
            case
                when not (due_on > received_on)
                    then 'due_on: does not hold: due_on > received_on'
            end,
            case
                when not (answered_on is not null or not status in ('answered', 'refused'))
                    then 'answered_on: does not hold: answered_on is not null or status not in (''answered'', ''refused'')'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    request_id,
    tenant_id,
    subject_email,
    contact_id,
    right_asked,
    status,
    received_on,
    due_on,
    answered_on,
    is_on_time,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('subject_request') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
