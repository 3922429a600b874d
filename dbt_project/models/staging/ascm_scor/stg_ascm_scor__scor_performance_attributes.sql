-- One row per claimed raw record of scor_performance_attributes, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/ascm_scor/scor_performance_attributes.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('ascm_scor', 'source_scor_performance_attributes') }}
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
        _payload ->> 'attribute_code' as attribute_code,
        _payload ->> 'attribute_name' as attribute_name,
        _payload ->> 'faces' as faces,
        _payload ->> 'definition' as definition,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.attribute_code,
        typed.attribute_name,
        typed.faces,
        typed.definition,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('attribute_code', 'varchar(2)', required=true) }},
                {{ cast_fault('attribute_name', 'varchar(40)', required=true) }},
                {{ cast_fault('faces', 'varchar(8)', required=true) }},
                {{ cast_fault('definition', 'text', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.attribute_code', 'varchar(2)') }} as attribute_code,
            {{ cast_or_null('sent.attribute_name', 'varchar(40)') }} as attribute_name,
            {{ cast_or_null('sent.faces', 'varchar(8)') }} as faces,
            {{ cast_or_null('sent.definition', 'text') }} as definition,
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
        attribute_code,
        attribute_name,
        faces,
        definition,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (attribute_code in ('RL', 'RS', 'AG', 'CO', 'AM'))
                    then 'attribute_code: expected one of RL, RS, AG, CO, AM'
            end,
            case
                when not (char_length(attribute_name) between 1 and 40)
                    then 'attribute_name: expected 1 to 40 characters'
            end,
            case
                when not (faces in ('customer', 'company'))
                    then 'faces: expected one of customer, company'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    attribute_code,
    attribute_name,
    faces,
    definition,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('scor_performance_attributes') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
