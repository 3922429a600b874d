{{ config(materialized='view') }}

-- One row per process_id and metric_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_process_metrics.json: edit that file, not this one.
with scor_process_metrics as (
    select *
    from {{ ref('scor_process_metrics') }}
    where not _deleted
),

process as (
    select
        process_id,
        process_name
    from {{ ref('scor_processes') }}
    where not _deleted
),

metric as (
    select
        metric_id,
        metric_name
    from {{ ref('scor_metric_catalog') }}
    where not _deleted
)

select
    scor_process_metrics.process_id,
    process.process_name,
    scor_process_metrics.metric_id,
    metric.metric_name,
    scor_process_metrics.role,
    scor_process_metrics.updated_at,
    scor_process_metrics._loaded_at,
    scor_process_metrics._quality_issues,
    scor_process_metrics._quality_score
from scor_process_metrics
left join process
    on scor_process_metrics.process_id = process.process_id
left join metric
    on scor_process_metrics.metric_id = metric.metric_id
