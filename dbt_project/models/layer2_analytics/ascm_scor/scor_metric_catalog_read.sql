{{ config(materialized='view') }}

-- One row per metric_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_metric_catalog.json: edit that file, not this one.
with scor_metric_catalog as (
    select *
    from {{ ref('scor_metric_catalog') }}
    where not _deleted
),

attribute_code as (
    select
        attribute_code,
        attribute_name
    from {{ ref('scor_performance_attributes') }}
    where not _deleted
),

parent_metric as (
    select
        metric_id,
        metric_name
    from {{ ref('scor_metric_catalog') }}
    where not _deleted
)

select
    scor_metric_catalog.metric_id,
    scor_metric_catalog.metric_name,
    scor_metric_catalog.attribute_code,
    attribute_code.attribute_name,
    scor_metric_catalog.metric_level,
    scor_metric_catalog.parent_metric_id,
    parent_metric.metric_name as parent_metric_name,
    scor_metric_catalog.unit,
    scor_metric_catalog.direction,
    scor_metric_catalog.definition,
    scor_metric_catalog.formula,
    scor_metric_catalog.updated_at,
    scor_metric_catalog._loaded_at,
    scor_metric_catalog._quality_issues,
    scor_metric_catalog._quality_score
from scor_metric_catalog
left join attribute_code
    on scor_metric_catalog.attribute_code = attribute_code.attribute_code
left join parent_metric
    on scor_metric_catalog.parent_metric_id = parent_metric.metric_id
