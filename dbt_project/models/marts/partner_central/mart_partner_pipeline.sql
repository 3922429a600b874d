{{ config(materialized='table') }}

-- One row per tenant, solution and stage in which at least one opportunity is open.
with opportunities as (
    select
        tenant_id,
        partner_solution_id,
        lifecycle_stage,
        expected_revenue_usd
    from {{ ref('partner_central_opportunity_read') }}
    where lifecycle_stage <> 'closed'
),

tenants as (
    select
        id,
        name
    from {{ ref('tenant_read') }}
),

solutions as (
    select
        solution_id,
        title
    from {{ ref('partner_central_solution_read') }}
)

select
    opportunities.tenant_id,
    any_value(tenants.name) as tenant_name,
    opportunities.partner_solution_id,
    any_value(solutions.title) as partner_solution_title,
    opportunities.lifecycle_stage,
    count(*) as opportunity_count,
    -- An opportunity without an estimate in dollars is in the pipeline all the same, and brings nothing to its value.
    count(opportunities.expected_revenue_usd) as estimated_opportunity_count,
    cast(coalesce(sum(opportunities.expected_revenue_usd), 0) as decimal(18, 2)) as total_pipeline_value
from opportunities
left join tenants on opportunities.tenant_id = tenants.id
left join solutions on opportunities.partner_solution_id = solutions.solution_id
group by opportunities.tenant_id, opportunities.partner_solution_id, opportunities.lifecycle_stage
