-- One row per claimed raw record of compliance_action, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/compliance/compliance_action.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('compliance', 'source_compliance_action') }}
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
        nullif(_payload ->> 'action_id', '') as action_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        nullif(_payload ->> 'violation_id', '') as violation_id,
        _payload ->> 'title' as title,
        nullif(_payload ->> 'assignee_id', '') as assignee_id,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'due_on', '') as due_on,
        nullif(_payload ->> 'completed_on', '') as completed_on,
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
        typed.action_id,
        typed.tenant_id,
        typed.violation_id,
        typed.title,
        typed.assignee_id,
        typed.status,
        typed.due_on,
        typed.completed_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('action_id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('violation_id', 'uuid', required=true) }},
                {{ cast_fault('title', 'varchar(200)', required=true) }},
                {{ cast_fault('assignee_id', 'uuid') }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('due_on', 'date', required=true) }},
                {{ cast_fault('completed_on', 'date') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.action_id', 'uuid') }} as action_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.violation_id', 'uuid') }} as violation_id,
            {{ cast_or_null('sent.title', 'varchar(200)') }} as title,
            {{ cast_or_null('sent.assignee_id', 'uuid') }} as assignee_id,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.due_on', 'date') }} as due_on,
            {{ cast_or_null('sent.completed_on', 'date') }} as completed_on,
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
        typed.action_id,
        typed.tenant_id,
        typed.violation_id,
        typed.title,
        typed.assignee_id,
        typed.status,
        typed.due_on,
        typed.completed_on,
        typed.updated_at,
        computed.is_late,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('is_late', 'boolean', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (completed_on > due_on)::text as is_late
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.is_late', 'boolean') }} as is_late
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
        action_id,
        tenant_id,
        violation_id,
        title,
        assignee_id,
        status,
        due_on,
        completed_on,
        is_late,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (char_length(title) between 1 and 200)
                    then 'title: expected 1 to 200 characters'
            end,
            case
                when not (status in ('open', 'in_progress', 'done', 'dropped'))
                    then 'status: expected one of open, in_progress, done, dropped'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (completed_on is not null or status <> 'done')
                    then 'completed_on: does not hold: completed_on is not null or status <> ''done'''
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    action_id,
    tenant_id,
    violation_id,
    title,
    assignee_id,
    status,
    due_on,
    completed_on,
    is_late,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('compliance_action') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
