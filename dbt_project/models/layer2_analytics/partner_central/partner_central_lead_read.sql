{{ config(materialized='view') }}

-- One row per pc_lead_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/partner_central_lead.json: edit that file, not this one.
with partner_central_lead as (
    select *
    from {{ ref('partner_central_lead') }}
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
    partner_central_lead.id,
    partner_central_lead.tenant_id,
    tenant.name as tenant_name,
    partner_central_lead.pc_lead_id,
    partner_central_lead.partner_crm_lead_id,
    partner_central_lead.source,
    partner_central_lead.status,
    partner_central_lead.lead_stage,
    partner_central_lead.campaign_name,
    partner_central_lead.industry,
    partner_central_lead.company_name,
    left(partner_central_lead.contact_name::text, (length(partner_central_lead.contact_name::text) > 3)::int) || '***' as contact_name,
    {{ target.schema }}.tokenize(partner_central_lead.email::text) as email,
    partner_central_lead.country,
    partner_central_lead.lead_age_days,
    partner_central_lead.created_at,
    partner_central_lead.last_modified_at,
    partner_central_lead._loaded_at,
    partner_central_lead._quality_issues,
    partner_central_lead._quality_score
from partner_central_lead
left join tenant
    on partner_central_lead.tenant_id = tenant.id
