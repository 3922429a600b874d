-- One row per claimed raw record of customer_segments, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/customer_retention/customer_segments.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('customer_retention', 'source_customer_segments') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _payload,
        _payload ->> 'code' as segment_code,
        _payload ->> 'name' as segment_name,
        _payload ->> 'rule' as rule,
        nullif(_payload ->> 'priority', '') as priority,
        nullif(_payload ->> 'at_risk', '') as is_at_risk,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.segment_code,
        typed.segment_name,
        typed.rule,
        typed.priority,
        typed.is_at_risk,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('segment_code', 'varchar(24)', required=true) }},
                {{ cast_fault('segment_name', 'varchar(80)', required=true) }},
                {{ cast_fault('rule', 'text', required=true) }},
                {{ cast_fault('priority', 'smallint', required=true) }},
                {{ cast_fault('is_at_risk', 'boolean', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.segment_code', 'varchar(24)') }} as segment_code,
            {{ cast_or_null('sent.segment_name', 'varchar(80)') }} as segment_name,
            {{ cast_or_null('sent.rule', 'text') }} as rule,
            {{ cast_or_null('sent.priority', 'smallint') }} as priority,
            {{ cast_or_null('sent.is_at_risk', 'boolean') }} as is_at_risk,
            {{ cast_or_null('sent.updated_at', 'timestamptz') }} as updated_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        segment_code,
        segment_name,
        rule,
        priority,
        is_at_risk,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (segment_code ~ '^[A-Z][A-Z0-9_]*$')
                    then 'segment_code: does not fit ^[A-Z][A-Z0-9_]*$'
            end,
            case
                when not (char_length(segment_name) between 1 and 80)
                    then 'segment_name: expected 1 to 80 characters'
            end,
            case
                when not (priority between 1 and 100)
                    then 'priority: expected 1 to 100'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    segment_code,
    segment_name,
    rule,
    priority,
    is_at_risk,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('customer_segments') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
