{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['skill_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('scor_skills') }}",
        post_hook="{{ close_batch('scor_skills', ref('stg_ascm_scor__scor_skills'), ref('rejected_scor_skills')) }}",
    )
}}

-- One row per skill_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/ascm_scor/scor_skills.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_scor_skills') }}
-- depends_on: {{ ref('scor_skills_versions') }}
with accepted as (
    select
        skill_id,
        skill_name,
        competency_level,
        process_id,
        training,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by skill_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_ascm_scor__scor_skills') }}
    where _errors = '{}' and {{ in_open_batch('scor_skills') }}
),

known as (
    select distinct on (skill_id)
        skill_id,
        skill_name,
        competency_level,
        process_id,
        training,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (skill_id) in (
        select accepted.skill_id
        from accepted
    )
    order by skill_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.skill_id = known.skill_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    skill_id,
    skill_name,
    competency_level,
    process_id,
    training,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
