-- One row per claimed raw record of scor_metric_catalog, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/ascm_scor/scor_metric_catalog.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('ascm_scor', 'source_scor_metric_catalog') }}
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
        _payload ->> 'metric_name' as metric_name,
        _payload ->> 'attribute_code' as attribute_code,
        nullif(_payload ->> 'metric_level', '') as metric_level,
        _payload ->> 'parent_metric_id' as parent_metric_id,
        _payload ->> 'unit' as unit,
        _payload ->> 'direction' as direction,
        _payload ->> 'definition' as definition,
        _payload ->> 'formula' as formula,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.metric_id,
        typed.metric_name,
        typed.attribute_code,
        typed.metric_level,
        typed.parent_metric_id,
        typed.unit,
        typed.direction,
        typed.definition,
        typed.formula,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('metric_id', 'varchar(64)', required=true) }},
                {{ cast_fault('metric_name', 'varchar(120)', required=true) }},
                {{ cast_fault('attribute_code', 'varchar(2)', required=true) }},
                {{ cast_fault('metric_level', 'smallint', required=true) }},
                {{ cast_fault('parent_metric_id', 'varchar(64)') }},
                {{ cast_fault('unit', 'varchar(24)', required=true) }},
                {{ cast_fault('direction', 'varchar(24)', required=true) }},
                {{ cast_fault('definition', 'text', required=true) }},
                {{ cast_fault('formula', 'text') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.metric_id', 'varchar(64)') }} as metric_id,
            {{ cast_or_null('sent.metric_name', 'varchar(120)') }} as metric_name,
            {{ cast_or_null('sent.attribute_code', 'varchar(2)') }} as attribute_code,
            {{ cast_or_null('sent.metric_level', 'smallint') }} as metric_level,
            {{ cast_or_null('sent.parent_metric_id', 'varchar(64)') }} as parent_metric_id,
            {{ cast_or_null('sent.unit', 'varchar(24)') }} as unit,
            {{ cast_or_null('sent.direction', 'varchar(24)') }} as direction,
            {{ cast_or_null('sent.definition', 'text') }} as definition,
            {{ cast_or_null('sent.formula', 'text') }} as formula,
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
        metric_id,
        metric_name,
        attribute_code,
        metric_level,
        parent_metric_id,
        unit,
        direction,
        definition,
        formula,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (metric_id ~ '^SCOR\.[A-Z][A-Z0-9_.]*$')
                    then 'metric_id: does not fit ^SCOR\.[A-Z][A-Z0-9_.]*$'
            end,
            case
                when not (char_length(metric_name) between 1 and 120)
                    then 'metric_name: expected 1 to 120 characters'
            end,
            case
                when not (attribute_code in ('RL', 'RS', 'AG', 'CO', 'AM'))
                    then 'attribute_code: expected one of RL, RS, AG, CO, AM'
            end,
            case
                when not (metric_level between 1 and 3)
                    then 'metric_level: expected 1 to 3'
            end,
            case
                when not (direction in ('higher_is_better', 'lower_is_better', 'target'))
                    then 'direction: expected one of higher_is_better, lower_is_better, target'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (unit in ('percent', 'minutes', 'days', 'cents', 'ratio'))
                    then 'unit: expected one of percent, minutes, days, cents, ratio'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    metric_id,
    metric_name,
    attribute_code,
    metric_level,
    parent_metric_id,
    unit,
    direction,
    definition,
    formula,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('scor_metric_catalog') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
