{{ config(materialized='view') }}

-- One row per partner_crm_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/ace_opportunity.json: edit that file, not this one.
with ace_opportunity as (
    select *
    from {{ ref('ace_opportunity') }}
    where not _deleted
),

pc_opportunity as (
    select
        pc_opportunity_id,
        tenant_id,
        title
    from {{ ref('partner_central_opportunity') }}
    where not _deleted
)

select
    ace_opportunity.tenant_id,
    ace_opportunity.partner_crm_id,
    ace_opportunity.pc_opportunity_id,
    pc_opportunity.title as pc_opportunity_title,
    ace_opportunity.title,
    ace_opportunity.stage,
    ace_opportunity.review_status,
    ace_opportunity.company_name,
    {{ target.schema }}.tokenize(ace_opportunity.customer_email::text) as customer_email,
    ace_opportunity.close_date,
    ace_opportunity.expected_monthly_revenue,
    ace_opportunity.customer_software_value,
    ace_opportunity.products,
    ace_opportunity.solutions,
    ace_opportunity.last_modified_at,
    ace_opportunity._loaded_at,
    ace_opportunity._quality_issues,
    ace_opportunity._quality_score
from ace_opportunity
left join pc_opportunity
    on
        ace_opportunity.pc_opportunity_id = pc_opportunity.pc_opportunity_id
        and ace_opportunity.tenant_id = pc_opportunity.tenant_id
