{{ config(materialized='view') }}

-- One row per skill_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_skills.json: edit that file, not this one.
select
    skill_id,
    skill_name,
    competency_level,
    process_id,
    training,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('scor_skills') }}
where not _deleted
