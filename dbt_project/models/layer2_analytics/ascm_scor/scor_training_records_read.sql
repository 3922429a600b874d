{{ config(materialized='view') }}

-- One row per record_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_training_records.json: edit that file, not this one.
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
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('scor_training_records') }}
where not _deleted
