{{ config(materialized='view') }}

-- One row per campaign_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketing/marketing_campaign.json: edit that file, not this one.
with marketing_campaign as (
    select *
    from {{ ref('marketing_campaign') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
    where not _deleted
),

main_channel as (
    select
        channel_code,
        channel_name
    from {{ ref('marketing_channel') }}
    where not _deleted
)

select
    marketing_campaign.campaign_id,
    marketing_campaign.tenant_id,
    tenant.name as tenant_name,
    marketing_campaign.campaign_name,
    marketing_campaign.objective,
    marketing_campaign.main_channel,
    main_channel.channel_name as main_channel_name,
    marketing_campaign.status,
    marketing_campaign.start_date,
    marketing_campaign.end_date,
    marketing_campaign.budget_usd,
    marketing_campaign.uses_vendor_funds,
    marketing_campaign.updated_at,
    marketing_campaign._loaded_at,
    marketing_campaign._quality_issues,
    marketing_campaign._quality_score
from marketing_campaign
left join tenant
    on marketing_campaign.tenant_id = tenant.id
left join main_channel
    on marketing_campaign.main_channel = main_channel.channel_code
