{{ config(materialized='view') }}

-- One row per metric_id and process_id and timestamp: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_metrics.json: edit that file, not this one.
select
    metric_id,
    process_id,
    value,
    "timestamp",
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('scor_metrics') }}
where not _deleted
