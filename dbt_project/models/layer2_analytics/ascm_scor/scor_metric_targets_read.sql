{{ config(materialized='view') }}

-- One row per metric_id and process_id and target_year: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_metric_targets.json: edit that file, not this one.
select
    metric_id,
    process_id,
    target_year,
    target_value,
    alarm_value,
    ambition,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('scor_metric_targets') }}
where not _deleted
