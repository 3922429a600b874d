{{ config(materialized='view') }}

-- One row per skill_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_skills.json: edit that file, not this one.
with scor_skills as (
    select *
    from {{ ref('scor_skills') }}
    where not _deleted
),

process as (
    select
        process_id,
        process_name
    from {{ ref('scor_processes') }}
    where not _deleted
)

select
    scor_skills.skill_id,
    scor_skills.skill_name,
    scor_skills.competency_level,
    scor_skills.process_id,
    process.process_name,
    scor_skills.training,
    scor_skills._loaded_at,
    scor_skills._quality_issues,
    scor_skills._quality_score
from scor_skills
left join process
    on scor_skills.process_id = process.process_id
