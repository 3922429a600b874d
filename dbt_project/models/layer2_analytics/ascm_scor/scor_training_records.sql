{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['record_id', 'ended_on'],
        full_refresh=false,
        pre_hook="{{ lock_batch('scor_training_records') }}",
        post_hook="{{ close_batch('scor_training_records', ref('stg_ascm_scor__scor_training_records'), ref('rejected_scor_training_records')) }}",
    )
}}

-- One row per record_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/ascm_scor/scor_training_records.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_scor_training_records') }}
with accepted as (
    select
        record_id,
        person_id,
        skill_id,
        level_before,
        level_after,
        training_hours,
        has_improved,
        ended_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by record_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_ascm_scor__scor_training_records') }}
    where _errors = '{}' and {{ in_open_batch('scor_training_records') }}
),

known as (
    select distinct on (record_id)
        record_id,
        person_id,
        skill_id,
        level_before,
        level_after,
        training_hours,
        has_improved,
        ended_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            record_id,
            person_id,
            skill_id,
            level_before,
            level_after,
            training_hours,
            has_improved,
            ended_on,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (record_id) in (
            select accepted.record_id
            from accepted
        )
        union all
        select
            record_id,
            person_id,
            skill_id,
            level_before,
            level_after,
            training_hours,
            has_improved,
            ended_on,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('scor_training_records') }} as cold
        where (record_id) in (
            select accepted.record_id
            from accepted
        )
    ) as standing
    order by record_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.record_id = known.record_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.record_id,
        earlier.person_id,
        earlier.skill_id,
        earlier.level_before,
        earlier.level_after,
        earlier.training_hours,
        earlier.has_improved,
        earlier.ended_on,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.record_id = earlier.record_id
    where earlier.ended_on <> newest.ended_on and not earlier._deleted
)

select
    record_id,
    person_id,
    skill_id,
    level_before,
    level_after,
    training_hours,
    has_improved,
    ended_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
select
    record_id,
    person_id,
    skill_id,
    level_before,
    level_after,
    training_hours,
    has_improved,
    ended_on,
    updated_at,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
