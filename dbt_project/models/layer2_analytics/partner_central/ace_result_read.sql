{{ config(materialized='view') }}

-- One row per file_name and record_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/ace_result.json: edit that file, not this one.
with ace_result as (
    select *
    from {{ ref('ace_result') }}
    where not _deleted
),

pc_opportunity as (
    select
        pc_opportunity_id,
        tenant_id,
        title
    from {{ ref('partner_central_opportunity') }}
    where not _deleted
),

pc_lead as (
    select
        pc_lead_id,
        tenant_id,
        company_name
    from {{ ref('partner_central_lead') }}
    where not _deleted
)

select
    ace_result.tenant_id,
    ace_result.file_name,
    ace_result.record_number,
    ace_result.processed_at,
    ace_result.record_kind,
    ace_result.partner_crm_id,
    ace_result.apn_crm_id,
    ace_result.pc_opportunity_id,
    pc_opportunity.title as pc_opportunity_title,
    ace_result.pc_lead_id,
    pc_lead.company_name as pc_lead_company_name,
    ace_result.is_success,
    ace_result.errors,
    ace_result.warnings,
    ace_result._loaded_at,
    ace_result._quality_issues,
    ace_result._quality_score
from ace_result
left join pc_opportunity
    on
        ace_result.pc_opportunity_id = pc_opportunity.pc_opportunity_id
        and ace_result.tenant_id = pc_opportunity.tenant_id
left join pc_lead
    on
        ace_result.pc_lead_id = pc_lead.pc_lead_id
        and ace_result.tenant_id = pc_lead.tenant_id
