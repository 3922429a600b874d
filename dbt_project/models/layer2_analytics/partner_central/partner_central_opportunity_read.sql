{{ config(materialized='view') }}

-- One row per pc_opportunity_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/partner_central_opportunity.json: edit that file, not this one.
with partner_central_opportunity as (
    select *
    from {{ ref('partner_central_opportunity') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
    where not _deleted
),

partner_solution as (
    select
        solution_id,
        tenant_id,
        title
    from {{ ref('partner_central_solution') }}
    where not _deleted
)

select
    partner_central_opportunity.id,
    partner_central_opportunity.tenant_id,
    tenant.name as tenant_name,
    partner_central_opportunity.pc_opportunity_id,
    partner_central_opportunity.title,
    partner_central_opportunity.pc_stage,
    partner_central_opportunity.lifecycle_stage,
    partner_central_opportunity.outcome,
    partner_central_opportunity.closed_lost_reason,
    partner_central_opportunity.pc_review_status,
    partner_central_opportunity.engagement_status,
    partner_central_opportunity.opportunity_type,
    partner_central_opportunity.customer_company_name,
    partner_central_opportunity.customer_account_id,
    partner_central_opportunity.customer_industry,
    partner_central_opportunity.customer_country_code,
    partner_central_opportunity.expected_spend_amount,
    partner_central_opportunity.expected_spend_currency,
    partner_central_opportunity.expected_revenue_usd,
    partner_central_opportunity.software_revenue_amount,
    partner_central_opportunity.close_date,
    partner_central_opportunity.quarter,
    partner_central_opportunity.partner_solution_id,
    partner_solution.title as partner_solution_title,
    partner_central_opportunity.marketing_campaign,
    partner_central_opportunity.primary_needs,
    partner_central_opportunity.delivery_models,
    partner_central_opportunity.last_modified_at,
    partner_central_opportunity._loaded_at,
    partner_central_opportunity._quality_issues,
    partner_central_opportunity._quality_score
from partner_central_opportunity
left join tenant
    on partner_central_opportunity.tenant_id = tenant.id
left join partner_solution
    on
        partner_central_opportunity.partner_solution_id = partner_solution.solution_id
        and partner_central_opportunity.tenant_id = partner_solution.tenant_id
