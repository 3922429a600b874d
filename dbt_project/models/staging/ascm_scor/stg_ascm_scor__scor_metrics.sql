-- One row per claimed raw record of scor_metrics, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/ascm_scor/scor_metrics.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq,
        raw_id,
        batch_id,
        ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as payload
    from {{ source('ascm_scor', 'source_scor_metrics') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        raw_seq,
        raw_id,
        batch_id,
        ingested_at,
        payload,
        payload ->> 'metric_id' as metric_id,
        payload ->> 'process_id' as process_id,
        nullif(payload ->> 'value', '') as value,
        nullif(payload ->> 'timestamp', '') as "timestamp"
    from claimed
),

typed as (
    select
        sent.raw_seq,
        sent.raw_id,
        sent.batch_id,
        sent.ingested_at,
        typed.metric_id,
        typed.process_id,
        typed.value,
        typed."timestamp",
        case
            when sent.payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent.payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('metric_id', 'varchar(64)', required=true) }},
                {{ cast_fault('process_id', 'varchar(32)', required=true) }},
                {{ cast_fault('value', 'numeric(18,6)', required=true) }},
                {{ cast_fault('"timestamp"', 'timestamptz', required=true) }}
            ], null)
        end as cast_faults
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
        raw_seq,
        raw_id,
        batch_id,
        ingested_at,
        metric_id,
        process_id,
        value,
        "timestamp",
        cast_faults || array_remove(array[
            case
                when not (metric_id ~ '^SCOR\.[A-Z][A-Z0-9_.]*$')
                    then 'metric_id: does not fit ^SCOR\.[A-Z][A-Z0-9_.]*$'
            end
        ], null) as errors,
        array[]::text[] as issues
    from typed
)

select
    raw_seq as _raw_seq,
    raw_id,
    metric_id,
    process_id,
    value,
    "timestamp",
    raw_seq as _source_order,
    false as _deleted,
    batch_id as _batch_id,
    ingested_at,
    ingested_at as _valid_from,
    errors || {{ too_long_for_an_index('scor_metrics') }} as _errors,
    issues as _quality_issues,
    round(1 - cardinality(issues)::numeric / 1, 2)::numeric(3, 2) as _quality_score
from judged
