{{ config(materialized='view') }}

-- One row per process_id and practice_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_process_practices.json: edit that file, not this one.
select
    process_id,
    practice_id,
    adoption,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('scor_process_practices') }}
where not _deleted
