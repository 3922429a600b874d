{{ config(materialized='view') }}

-- One row per id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/control_plane/tenant.json: edit that file, not this one.
with tenant as (
    select *
    from {{ ref('tenant') }}
    where not _deleted
),

plan as (
    select
        plan,
        display_name
    from {{ ref('plan') }}
    where not _deleted
)

select
    tenant.id,
    tenant.slug,
    tenant.name,
    tenant.plan,
    plan.display_name as plan_display_name,
    tenant.status,
    tenant.region,
    tenant.created_at,
    tenant.closed_at,
    tenant.updated_at,
    tenant._loaded_at,
    tenant._quality_issues,
    tenant._quality_score
from tenant
left join plan
    on tenant.plan = plan.plan
