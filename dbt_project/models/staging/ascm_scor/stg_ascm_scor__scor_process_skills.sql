-- One row per claimed raw record of scor_process_skills, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/ascm_scor/scor_process_skills.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('ascm_scor', 'source_scor_process_skills') }}
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
        _payload ->> 'process_id' as process_id,
        _payload ->> 'skill_id' as skill_id,
        nullif(_payload ->> 'required_level', '') as required_level,
        nullif(_payload ->> 'people_needed', '') as people_needed,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.process_id,
        typed.skill_id,
        typed.required_level,
        typed.people_needed,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('process_id', 'varchar(32)', required=true) }},
                {{ cast_fault('skill_id', 'varchar(16)', required=true) }},
                {{ cast_fault('required_level', 'smallint', required=true) }},
                {{ cast_fault('people_needed', 'smallint', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.process_id', 'varchar(32)') }} as process_id,
            {{ cast_or_null('sent.skill_id', 'varchar(16)') }} as skill_id,
            {{ cast_or_null('sent.required_level', 'smallint') }} as required_level,
            {{ cast_or_null('sent.people_needed', 'smallint') }} as people_needed,
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
        process_id,
        skill_id,
        required_level,
        people_needed,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (skill_id ~ '^HS[.][0-9]{4}$')
                    then 'skill_id: does not fit ^HS[.][0-9]{4}$'
            end,
            case
                when not (required_level between 1 and 5)
                    then 'required_level: expected 1 to 5'
            end,
            case
                when not (people_needed between 1 and 500)
                    then 'people_needed: expected 1 to 500'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    process_id,
    skill_id,
    required_level,
    people_needed,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('scor_process_skills') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
