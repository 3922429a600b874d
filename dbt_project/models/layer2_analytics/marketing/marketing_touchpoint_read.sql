{{ config(materialized='view') }}

-- One row per touchpoint_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketing/marketing_touchpoint.json: edit that file, not this one.
with marketing_touchpoint as (
    select *
    from {{ ref('marketing_touchpoint') }}
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

channel_code as (
    select
        channel_code,
        channel_name
    from {{ ref('marketing_channel') }}
    where not _deleted
)

select
    marketing_touchpoint.touchpoint_id,
    marketing_touchpoint.touched_at,
    marketing_touchpoint.tenant_id,
    marketing_touchpoint.contact_id,
    marketing_touchpoint.campaign_id,
    campaign.campaign_name,
    marketing_touchpoint.channel_code,
    channel_code.channel_name as channel_code_channel_name,
    marketing_touchpoint.interaction,
    marketing_touchpoint.asset,
    marketing_touchpoint._loaded_at,
    marketing_touchpoint._quality_issues,
    marketing_touchpoint._quality_score
from marketing_touchpoint
left join campaign
    on
        marketing_touchpoint.campaign_id = campaign.campaign_id
        and marketing_touchpoint.tenant_id = campaign.tenant_id
left join channel_code
    on marketing_touchpoint.channel_code = channel_code.channel_code
