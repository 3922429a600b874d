{{ config(materialized='view') }}

-- One row per metric_id and process_id and timestamp: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_metrics.json: edit that file, not this one.
with scor_metrics as (
    select *
    from {{ ref('scor_metrics') }}
    where not _deleted
),

metric as (
    select
        metric_id,
        metric_name
    from {{ ref('scor_metric_catalog') }}
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
    scor_metrics.metric_id,
    metric.metric_name,
    scor_metrics.process_id,
    process.process_name,
    scor_metrics.value,
    scor_metrics."timestamp",
    scor_metrics._loaded_at,
    scor_metrics._quality_issues,
    scor_metrics._quality_score
from scor_metrics
left join metric
    on scor_metrics.metric_id = metric.metric_id
left join process
    on scor_metrics.process_id = process.process_id
