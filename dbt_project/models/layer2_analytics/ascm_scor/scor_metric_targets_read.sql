{{ config(materialized='view') }}

-- One row per metric_id and process_id and target_year: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_metric_targets.json: edit that file, not this one.
with scor_metric_targets as (
    select *
    from {{ ref('scor_metric_targets') }}
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
    scor_metric_targets.metric_id,
    metric.metric_name,
    scor_metric_targets.process_id,
    process.process_name,
    scor_metric_targets.target_year,
    scor_metric_targets.target_value,
    scor_metric_targets.alarm_value,
    scor_metric_targets.ambition,
    scor_metric_targets.updated_at,
    scor_metric_targets._loaded_at,
    scor_metric_targets._quality_issues,
    scor_metric_targets._quality_score
from scor_metric_targets
left join metric
    on scor_metric_targets.metric_id = metric.metric_id
left join process
    on scor_metric_targets.process_id = process.process_id
