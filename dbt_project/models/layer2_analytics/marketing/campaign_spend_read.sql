{{ config(materialized='view') }}

-- One row per campaign_id and channel_code and spend_date: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketing/campaign_spend.json: edit that file, not this one.
with campaign_spend as (
    select *
    from {{ ref('campaign_spend') }}
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
    campaign_spend.tenant_id,
    campaign_spend.campaign_id,
    campaign.campaign_name,
    campaign_spend.channel_code,
    channel_code.channel_name as channel_code_channel_name,
    campaign_spend.spend_date,
    campaign_spend.impressions,
    campaign_spend.clicks,
    campaign_spend.cost_usd,
    campaign_spend._loaded_at,
    campaign_spend._quality_issues,
    campaign_spend._quality_score
from campaign_spend
left join campaign
    on
        campaign_spend.campaign_id = campaign.campaign_id
        and campaign_spend.tenant_id = campaign.tenant_id
left join channel_code
    on campaign_spend.channel_code = channel_code.channel_code
