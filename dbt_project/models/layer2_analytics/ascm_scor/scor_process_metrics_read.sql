{{ config(materialized='view') }}

-- One row per process_id and metric_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_process_metrics.json: edit that file, not this one.
select
    process_id,
    metric_id,
    role,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('scor_process_metrics') }}
where not _deleted
