-- One row per claimed raw record of scor_skills, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/ascm_scor/scor_skills.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('ascm_scor', 'source_scor_skills') }}
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
        _payload ->> 'skill_id' as skill_id,
        _payload ->> 'skill_name' as skill_name,
        _payload ->> 'competency_level' as competency_level,
        _payload ->> 'process_id' as process_id,
        _payload ->> 'training' as training
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.skill_id,
        typed.skill_name,
        typed.competency_level,
        typed.process_id,
        typed.training,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('skill_id', 'varchar(16)', required=true) }},
                {{ cast_fault('skill_name', 'varchar(120)', required=true) }},
                {{ cast_fault('competency_level', 'varchar(16)', required=true) }},
                {{ cast_fault('process_id', 'varchar(32)', required=true) }},
                {{ cast_fault('training', 'text') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.skill_id', 'varchar(16)') }} as skill_id,
            {{ cast_or_null('sent.skill_name', 'varchar(120)') }} as skill_name,
            {{ cast_or_null('sent.competency_level', 'varchar(16)') }} as competency_level,
            {{ cast_or_null('sent.process_id', 'varchar(32)') }} as process_id,
            {{ cast_or_null('sent.training', 'text') }} as training
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
        skill_id,
        skill_name,
        competency_level,
        process_id,
        training,
        _cast_faults || array_remove(array[
            case
                when not (skill_id ~ '^HS[.][0-9]{4}$')
                    then 'skill_id: does not fit ^HS[.][0-9]{4}$'
            end,
            case
                when not (competency_level in ('novice', 'beginner', 'competent', 'proficient', 'expert'))
                    then 'competency_level: expected one of novice, beginner, competent, proficient, expert'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    skill_id,
    skill_name,
    competency_level,
    process_id,
    training,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('scor_skills') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 2, 2)::numeric(3, 2) as _quality_score
from judged
