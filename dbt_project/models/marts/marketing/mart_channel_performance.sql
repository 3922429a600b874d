{{ config(materialized='table') }}

-- One row per tenant, channel and month in which it was paid for, reached somebody or brought a lead.
with spending as (
    select
        tenant_id,
        channel_code,
        cast(date_trunc('month', spend_date) as date) as activity_month,
        sum(cost_usd) as cost_usd,
        sum(impressions) as impressions,
        sum(clicks) as clicks
    from {{ ref('history_campaign_spend') }}
    where
        spend_date
        <= (select reporting_day.as_of_date from {{ ref('reporting_day') }} as reporting_day)
    group by tenant_id, channel_code, activity_month
),

touchpoints as (
    select
        tenant_id,
        channel_code,
        cast(date_trunc('month', touched_at at time zone 'UTC') as date) as activity_month,
        count(*) as touchpoint_count,
        count(*) filter (where interaction in ('opened', 'clicked', 'visited', 'registered', 'attended', 'replied'))
            as answer_count,
        count(distinct contact_id) as people_count
    from {{ ref('history_marketing_touchpoint') }}
    where
        cast(touched_at at time zone 'UTC' as date)
        <= (select reporting_day.as_of_date from {{ ref('reporting_day') }} as reporting_day)
    group by tenant_id, channel_code, activity_month
),

leads as (
    select
        tenant_id,
        channel_code,
        opportunity_outcome,
        opportunity_revenue_usd,
        cast(date_trunc('month', created_on) as date) as activity_month
    from {{ ref('fct_leads') }}
),

leads_of_months as (
    select
        tenant_id,
        channel_code,
        activity_month,
        count(*) as lead_count,
        count(opportunity_outcome) as opportunity_count,
        count(*) filter (where opportunity_outcome = 'won') as won_count,
        sum(opportunity_revenue_usd) filter (where opportunity_outcome = 'won') as won_revenue_usd
    from leads
    group by tenant_id, channel_code, activity_month
),

months as (
    select
        tenant_id,
        channel_code,
        activity_month
    from spending
    union
    select
        tenant_id,
        channel_code,
        activity_month
    from touchpoints
    union
    select
        tenant_id,
        channel_code,
        activity_month
    from leads_of_months
)

select
    months.tenant_id,
    months.channel_code,
    months.activity_month,
    cast(coalesce(spending.cost_usd, 0) as decimal(18, 4)) as cost_usd,
    cast(coalesce(spending.impressions, 0) as bigint) as impressions,
    cast(coalesce(spending.clicks, 0) as bigint) as clicks,
    coalesce(touchpoints.touchpoint_count, 0) as touchpoint_count,
    coalesce(touchpoints.answer_count, 0) as answer_count,
    coalesce(touchpoints.people_count, 0) as people_count,
    coalesce(leads.lead_count, 0) as lead_count,
    coalesce(leads.opportunity_count, 0) as opportunity_count,
    coalesce(leads.won_count, 0) as won_count,
    cast(coalesce(leads.won_revenue_usd, 0) as decimal(18, 2)) as won_revenue_usd,
    100 * cast(spending.clicks as double) / nullif(spending.impressions, 0) as click_through_rate,
    cast(spending.cost_usd as double) / nullif(spending.clicks, 0) as cost_per_click_usd,
    -- Nothing was paid and a lead came: it cost nothing. Something was paid and none came: no cost of one can be told.
    cast(coalesce(spending.cost_usd, 0) as double) / leads.lead_count as cost_per_lead_usd,
    cast(coalesce(leads.won_revenue_usd, 0) as double) / nullif(cast(spending.cost_usd as double), 0)
        as won_revenue_per_usd
from months
left join spending
    on
        months.tenant_id = spending.tenant_id
        and months.channel_code = spending.channel_code
        and months.activity_month = spending.activity_month
left join touchpoints
    on
        months.tenant_id = touchpoints.tenant_id
        and months.channel_code = touchpoints.channel_code
        and months.activity_month = touchpoints.activity_month
left join leads_of_months as leads
    on
        months.tenant_id = leads.tenant_id
        and months.channel_code = leads.channel_code
        and months.activity_month = leads.activity_month
