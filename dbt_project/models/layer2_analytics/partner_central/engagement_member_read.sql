{{ config(materialized='view') }}

-- One row per engagement_id and account_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/engagement_member.json: edit that file, not this one.
with engagement_member as (
    select *
    from {{ ref('engagement_member') }}
    where not _deleted
),

engagement as (
    select
        engagement_id,
        tenant_id,
        title
    from {{ ref('engagement') }}
    where not _deleted
)

select
    engagement_member.tenant_id,
    engagement_member.engagement_id,
    engagement.title as engagement_title,
    engagement_member.account_id,
    engagement_member.company_name,
    engagement_member.website_url,
    engagement_member.joined_at,
    engagement_member.left_at,
    engagement_member._loaded_at,
    engagement_member._quality_issues,
    engagement_member._quality_score
from engagement_member
left join engagement
    on
        engagement_member.engagement_id = engagement.engagement_id
        and engagement_member.tenant_id = engagement.tenant_id
