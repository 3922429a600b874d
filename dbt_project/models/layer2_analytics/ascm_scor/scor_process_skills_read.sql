{{ config(materialized='view') }}

-- One row per process_id and skill_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_process_skills.json: edit that file, not this one.
with scor_process_skills as (
    select *
    from {{ ref('scor_process_skills') }}
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
    scor_process_skills.process_id,
    process.process_name,
    scor_process_skills.skill_id,
    scor_process_skills.required_level,
    scor_process_skills.people_needed,
    scor_process_skills.updated_at,
    scor_process_skills._loaded_at,
    scor_process_skills._quality_issues,
    scor_process_skills._quality_score
from scor_process_skills
left join process
    on scor_process_skills.process_id = process.process_id
