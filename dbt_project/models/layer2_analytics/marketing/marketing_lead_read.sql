{{ config(materialized='view') }}

-- One row per lead_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketing/marketing_lead.json: edit that file, not this one.
with marketing_lead as (
    select *
    from {{ ref('marketing_lead') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
    where not _deleted
),

campaign as (
    select
        campaign_id,
        tenant_id,
        campaign_name
    from {{ ref('marketing_campaign') }}
    where not _deleted
),

pc_lead as (
    select
        pc_lead_id,
        tenant_id,
        company_name
    from {{ ref('partner_central_lead') }}
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
    marketing_lead.lead_id,
    marketing_lead.tenant_id,
    tenant.name as tenant_name,
    marketing_lead.contact_id,
    marketing_lead.campaign_id,
    campaign.campaign_name,
    marketing_lead.status,
    marketing_lead.score,
    marketing_lead.disqualified_reason,
    marketing_lead.pc_lead_id,
    pc_lead.company_name as pc_lead_company_name,
    marketing_lead.pc_opportunity_id,
    pc_opportunity.title as pc_opportunity_title,
    marketing_lead.created_at,
    marketing_lead.updated_at,
    marketing_lead._loaded_at,
    marketing_lead._quality_issues,
    marketing_lead._quality_score
from marketing_lead
left join tenant
    on marketing_lead.tenant_id = tenant.id
left join campaign
    on
        marketing_lead.campaign_id = campaign.campaign_id
        and marketing_lead.tenant_id = campaign.tenant_id
left join pc_lead
    on
        marketing_lead.pc_lead_id = pc_lead.pc_lead_id
        and marketing_lead.tenant_id = pc_lead.tenant_id
left join pc_opportunity
    on
        marketing_lead.pc_opportunity_id = pc_opportunity.pc_opportunity_id
        and marketing_lead.tenant_id = pc_opportunity.tenant_id
