{{ config(materialized='view') }}

-- One row per solution_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/partner_central_solution.json: edit that file, not this one.
with partner_central_solution as (
    select *
    from {{ ref('partner_central_solution') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
    where not _deleted
)

select
    partner_central_solution.id,
    partner_central_solution.tenant_id,
    tenant.name as tenant_name,
    partner_central_solution.solution_id,
    partner_central_solution.title,
    partner_central_solution.category,
    partner_central_solution.status,
    partner_central_solution.created_at,
    partner_central_solution.payload_json,
    partner_central_solution._loaded_at,
    partner_central_solution._quality_issues,
    partner_central_solution._quality_score
from partner_central_solution
left join tenant
    on partner_central_solution.tenant_id = tenant.id
