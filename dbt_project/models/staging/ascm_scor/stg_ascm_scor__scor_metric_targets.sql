-- One row per claimed raw record of scor_metric_targets, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/ascm_scor/scor_metric_targets.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('ascm_scor', 'source_scor_metric_targets') }}
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
        _payload ->> 'metric_id' as metric_id,
        _payload ->> 'process_id' as process_id,
        nullif(_payload ->> 'target_year', '') as target_year,
        nullif(_payload ->> 'target_value', '') as target_value,
        nullif(_payload ->> 'alarm_value', '') as alarm_value,
        _payload ->> 'ambition' as ambition,
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
        typed.metric_id,
        typed.process_id,
        typed.target_year,
        typed.target_value,
        typed.alarm_value,
        typed.ambition,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('metric_id', 'varchar(64)', required=true) }},
                {{ cast_fault('process_id', 'varchar(32)', required=true) }},
                {{ cast_fault('target_year', 'smallint', required=true) }},
                {{ cast_fault('target_value', 'numeric(18,6)', required=true) }},
                {{ cast_fault('alarm_value', 'numeric(18,6)') }},
                {{ cast_fault('ambition', 'varchar(12)', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.metric_id', 'varchar(64)') }} as metric_id,
            {{ cast_or_null('sent.process_id', 'varchar(32)') }} as process_id,
            {{ cast_or_null('sent.target_year', 'smallint') }} as target_year,
            {{ cast_or_null('sent.target_value', 'numeric(18,6)') }} as target_value,
            {{ cast_or_null('sent.alarm_value', 'numeric(18,6)') }} as alarm_value,
            {{ cast_or_null('sent.ambition', 'varchar(12)') }} as ambition,
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
        _correlation_id,
        metric_id,
        process_id,
        target_year,
        target_value,
        alarm_value,
        ambition,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (metric_id ~ '^SCOR\.[A-Z][A-Z0-9_.]*$')
                    then 'metric_id: does not fit ^SCOR\.[A-Z][A-Z0-9_.]*$'
            end,
            case
                when not (target_year between 2000 and 2100)
                    then 'target_year: expected 2000 to 2100'
            end,
            case
                when not (alarm_value <> target_value)
                    then 'alarm_value: does not hold: alarm_value <> target_value'
            end,
            case
                when not (ambition in ('superior', 'advantage', 'parity'))
                    then 'ambition: expected one of superior, advantage, parity'
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
    target_year,
    target_value,
    alarm_value,
    ambition,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('scor_metric_targets') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
