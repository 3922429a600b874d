{{ config(materialized='view') }}

-- One row per cost_center_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/cost_centers.json: edit that file, not this one.
with cost_centers as (
    select *
    from {{ ref('cost_centers') }}
    where not _deleted
),

parent_code as (
    select
        cost_center_code,
        cost_center_name
    from {{ ref('cost_centers') }}
    where not _deleted
)

select
    cost_centers.cost_center_code,
    cost_centers.cost_center_name,
    cost_centers.parent_code,
    parent_code.cost_center_name as parent_cost_center_name,
    {{ target.schema }}.tokenize(cost_centers.responsible_name::text) as responsible_name,
    cost_centers.is_active,
    cost_centers.updated_at,
    cost_centers._loaded_at,
    cost_centers._quality_issues,
    cost_centers._quality_score
from cost_centers
left join parent_code
    on cost_centers.parent_code = parent_code.cost_center_code
