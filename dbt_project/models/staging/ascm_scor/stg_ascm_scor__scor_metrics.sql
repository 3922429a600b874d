-- One row per claimed raw record of scor_metrics, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/ascm_scor/scor_metrics.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('ascm_scor', 'source_scor_metrics') }}
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
        _payload ->> 'metric_id' as metric_id,
        _payload ->> 'process_id' as process_id,
        nullif(_payload ->> 'value', '') as value,
        nullif(_payload ->> 'timestamp', '') as "timestamp"
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.metric_id,
        typed.process_id,
        typed.value,
        typed."timestamp",
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('metric_id', 'varchar(64)', required=true) }},
                {{ cast_fault('process_id', 'varchar(32)', required=true) }},
                {{ cast_fault('value', 'numeric(18,6)', required=true) }},
                {{ cast_fault('"timestamp"', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.metric_id', 'varchar(64)') }} as metric_id,
            {{ cast_or_null('sent.process_id', 'varchar(32)') }} as process_id,
            {{ cast_or_null('sent.value', 'numeric(18,6)') }} as value,
            {{ cast_or_null('sent."timestamp"', 'timestamptz') }} as "timestamp"
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        metric_id,
        process_id,
        value,
        "timestamp",
        _cast_faults || array_remove(array[
            case
                when not (metric_id ~ '^SCOR\.[A-Z][A-Z0-9_.]*$')
                    then 'metric_id: does not fit ^SCOR\.[A-Z][A-Z0-9_.]*$'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    metric_id,
    process_id,
    value,
    "timestamp",
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('scor_metrics') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 1, 2)::numeric(3, 2) as _quality_score
from judged
