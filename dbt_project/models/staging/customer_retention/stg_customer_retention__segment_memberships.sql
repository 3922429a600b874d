-- One row per claimed raw record of segment_memberships, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/customer_retention/segment_memberships.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('customer_retention', 'source_segment_memberships') }}
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
        nullif(_payload ->> 'customer', '') as customer_id,
        _payload ->> 'segment' as segment_code,
        _payload ->> 'previous' as previous_segment_code,
        nullif(_payload ->> 'assigned_at', '') as assigned_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.customer_id,
        typed.segment_code,
        typed.previous_segment_code,
        typed.assigned_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('customer_id', 'uuid', required=true) }},
                {{ cast_fault('segment_code', 'varchar(24)', required=true) }},
                {{ cast_fault('previous_segment_code', 'varchar(24)') }},
                {{ cast_fault('assigned_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.customer_id', 'uuid') }} as customer_id,
            {{ cast_or_null('sent.segment_code', 'varchar(24)') }} as segment_code,
            {{ cast_or_null('sent.previous_segment_code', 'varchar(24)') }} as previous_segment_code,
            {{ cast_or_null('sent.assigned_at', 'timestamptz') }} as assigned_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
        customer_id,
        segment_code,
        previous_segment_code,
        assigned_at,
        _cast_faults as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    customer_id,
    segment_code,
    previous_segment_code,
    assigned_at,
    (extract(epoch from assigned_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    assigned_at as _valid_from,
    _errors || {{ too_long_for_an_index('segment_memberships') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 1, 2)::numeric(3, 2) as _quality_score
from judged
