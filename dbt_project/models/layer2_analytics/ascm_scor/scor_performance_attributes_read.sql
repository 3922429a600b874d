{{ config(materialized='view') }}

-- One row per attribute_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_performance_attributes.json: edit that file, not this one.
select
    attribute_code,
    attribute_name,
    faces,
    definition,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('scor_performance_attributes') }}
where not _deleted
