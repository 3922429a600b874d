{{ config(materialized='view') }}

-- One row per engagement_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/engagement.json: edit that file, not this one.
with engagement as (
    select *
    from {{ ref('engagement') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
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
    engagement.tenant_id,
    tenant.name as tenant_name,
    engagement.engagement_id,
    engagement.title,
    engagement.engagement_description,
    engagement.created_by_account_id,
    engagement.member_count,
    engagement.pc_opportunity_id,
    pc_opportunity.title as pc_opportunity_title,
    engagement.context_types,
    engagement.created_at,
    engagement.modified_at,
    engagement._loaded_at,
    engagement._quality_issues,
    engagement._quality_score
from engagement
left join tenant
    on engagement.tenant_id = tenant.id
left join pc_opportunity
    on
        engagement.pc_opportunity_id = pc_opportunity.pc_opportunity_id
        and engagement.tenant_id = pc_opportunity.tenant_id
