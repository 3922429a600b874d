-- One row per claimed raw record of scor_training_records, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/ascm_scor/scor_training_records.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('ascm_scor', 'source_scor_training_records') }}
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
        nullif(_payload ->> 'id', '') as record_id,
        _payload ->> 'personnel_no' as person_id,
        _payload ->> 'skill' as skill_id,
        nullif(_payload #>> '{level, before}', '') as level_before,
        nullif(_payload #>> '{level, after}', '') as level_after,
        nullif(_payload ->> 'hours', '') as training_hours,
        nullif(_payload ->> 'ended', '') as ended_on,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.record_id,
        typed.person_id,
        typed.skill_id,
        typed.level_before,
        typed.level_after,
        typed.training_hours,
        typed.ended_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('record_id', 'bigint', required=true) }},
                {{ cast_fault('person_id', 'varchar(16)', required=true) }},
                {{ cast_fault('skill_id', 'varchar(16)', required=true) }},
                {{ cast_fault('level_before', 'smallint') }},
                {{ cast_fault('level_after', 'smallint') }},
                {{ cast_fault('training_hours', 'numeric(6,2)', required=true) }},
                {{ cast_fault('ended_on', 'date', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.record_id', 'bigint') }} as record_id,
            {{ cast_or_null('sent.person_id', 'varchar(16)') }} as person_id,
            {{ cast_or_null('sent.skill_id', 'varchar(16)') }} as skill_id,
            {{ cast_or_null('sent.level_before', 'smallint') }} as level_before,
            {{ cast_or_null('sent.level_after', 'smallint') }} as level_after,
            {{ cast_or_null('sent.training_hours', 'numeric(6,2)') }} as training_hours,
            {{ cast_or_null('sent.ended_on', 'date') }} as ended_on,
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
        typed.record_id,
        typed.person_id,
        typed.skill_id,
        typed.level_before,
        typed.level_after,
        typed.training_hours,
        typed.ended_on,
        typed.updated_at,
        computed.has_improved,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('has_improved', 'boolean', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (level_after > level_before)::text as has_improved
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.has_improved', 'boolean') }} as has_improved
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        record_id,
        person_id,
        skill_id,
        level_before,
        level_after,
        training_hours,
        has_improved,
        ended_on,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (record_id >= 1)
                    then 'record_id: expected at least 1'
            end,
            case
                when not (skill_id ~ '^HS[.][0-9]{4}$')
                    then 'skill_id: does not fit ^HS[.][0-9]{4}$'
            end,
            case
                when not (level_before between 0 and 5)
                    then 'level_before: expected 0 to 5'
            end,
            case
                when not (level_after between 1 and 5)
                    then 'level_after: expected 1 to 5'
            end,
            case
                when not (training_hours between 0 and 1000)
                    then 'training_hours: expected 0 to 1000'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    record_id,
    person_id,
    skill_id,
    level_before,
    level_after,
    training_hours,
    has_improved,
    ended_on,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('scor_training_records') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
