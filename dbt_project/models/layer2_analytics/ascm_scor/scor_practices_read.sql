{{ config(materialized='view') }}

-- One row per practice_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_practices.json: edit that file, not this one.
select
    practice_id,
    practice_name,
    maturity,
    process_id,
    description,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('scor_practices') }}
where not _deleted
