{{ config(materialized='table') }}

-- One row per tenant, campaign and UTC month in which at least one lead of it arose.
with leads as (
    select
        *,
        cast(date_trunc('month', created_on) as date) as lead_month
    from {{ ref('fct_leads') }}
),

campaigns as (
    select
        campaign_id,
        tenant_id,
        campaign_name
    from {{ ref('marketing_campaign_read') }}
)

select
    leads.tenant_id,
    leads.campaign_id,
    any_value(campaigns.campaign_name) as campaign_name,
    leads.lead_month,
    count(*) as lead_count,
    count(*) filter (where leads.is_marketing_qualified) as marketing_qualified_count,
    count(*) filter (where leads.is_sales_accepted) as sales_accepted_count,
    count(*) filter (where leads.is_sales_qualified) as sales_qualified_count,
    count(*) filter (where leads.is_converted) as converted_count,
    count(*) filter (where leads.status = 'disqualified') as disqualified_count,
    count(leads.opportunity_outcome) as opportunity_count,
    count(*) filter (where leads.opportunity_outcome = 'won') as won_count,
    cast(
        coalesce(sum(leads.opportunity_revenue_usd) filter (where leads.opportunity_outcome = 'open'), 0)
        as decimal(18, 2)
    ) as open_revenue_usd,
    cast(
        coalesce(sum(leads.opportunity_revenue_usd) filter (where leads.opportunity_outcome = 'won'), 0)
        as decimal(18, 2)
    ) as won_revenue_usd,
    cast(100 * count(*) filter (where leads.is_converted) as double) / count(*) as conversion_rate,
    median(leads.days_to_convert) as median_days_to_convert
from leads
left join campaigns on leads.campaign_id = campaigns.campaign_id and leads.tenant_id = campaigns.tenant_id
group by leads.tenant_id, leads.campaign_id, leads.lead_month
