{{ config(materialized='view') }}

-- One row per metric_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_metric_catalog.json: edit that file, not this one.
select
    metric_id,
    metric_name,
    attribute_code,
    metric_level,
    parent_metric_id,
    unit,
    direction,
    definition,
    formula,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('scor_metric_catalog') }}
where not _deleted
