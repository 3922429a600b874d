{{ config(materialized='table') }}

-- One row per lead that is not deleted: how far it has come, which channel brought it, and the opportunity it became.
with versions as (
    select
        lead_id,
        tenant_id,
        contact_id,
        campaign_id,
        status,
        pc_opportunity_id,
        created_at,
        valid_from,
        _deleted,
        row_number() over (partition by lead_id order by _source_order desc, _raw_seq desc) = 1 as is_newest,
        -- A lead that is dropped keeps what it had reached before.
        list_position(['new', 'marketing_qualified', 'sales_accepted', 'sales_qualified', 'converted'], status) as step
    from {{ ref('marketing_lead_versions') }}
    where
        cast(valid_from at time zone 'UTC' as date)
        <= (select reporting_day.as_of_date from {{ ref('reporting_day') }} as reporting_day)
),

leads as (
    select
        lead_id,
        tenant_id,
        contact_id,
        campaign_id,
        status,
        pc_opportunity_id,
        created_at
    from versions
    where is_newest and not _deleted
),

progress as (
    select
        lead_id,
        coalesce(max(step), 1) as furthest_step,
        min(valid_from) filter (where step >= 2) as qualified_at,
        min(valid_from) filter (where step = 5) as converted_at
    from versions
    where not _deleted
    group by lead_id
),

-- What a person answered to; that a mail was sent brings nobody.
answers as (
    select
        tenant_id,
        contact_id,
        campaign_id,
        touched_at,
        min(channel_code) as channel_code
    from {{ ref('history_marketing_touchpoint') }}
    where
        interaction in ('opened', 'clicked', 'visited', 'registered', 'attended', 'replied')
        and contact_id is not null
        and campaign_id is not null
    group by tenant_id, contact_id, campaign_id, touched_at
),

campaigns as (
    select
        campaign_id,
        tenant_id,
        main_channel
    from {{ ref('marketing_campaign_read') }}
),

opportunities as (
    select
        pc_opportunity_id,
        tenant_id,
        outcome,
        expected_revenue_usd
    from {{ ref('fct_opportunities') }}
)

select
    leads.lead_id,
    leads.tenant_id,
    leads.campaign_id,
    -- The last answer to the lead's own campaign before the lead arose counts, else what carries the campaign.
    coalesce(answers.channel_code, campaigns.main_channel, 'none') as channel_code,
    answers.channel_code is not null as is_channel_seen,
    leads.status,
    cast(leads.created_at at time zone 'UTC' as date) as created_on,
    progress.furthest_step >= 2 as is_marketing_qualified,
    progress.furthest_step >= 3 as is_sales_accepted,
    progress.furthest_step >= 4 as is_sales_qualified,
    leads.status = 'converted' as is_converted,
    leads.pc_opportunity_id,
    opportunities.outcome as opportunity_outcome,
    opportunities.expected_revenue_usd as opportunity_revenue_usd,
    case
        when leads.status = 'converted' then cast(epoch(progress.converted_at - leads.created_at) as double) / 86400
    end as days_to_convert
from leads
inner join progress on leads.lead_id = progress.lead_id
asof left join answers
    on
        leads.tenant_id = answers.tenant_id
        and leads.contact_id = answers.contact_id
        and leads.campaign_id = answers.campaign_id
        and leads.created_at >= answers.touched_at
left join campaigns on leads.campaign_id = campaigns.campaign_id and leads.tenant_id = campaigns.tenant_id
left join opportunities
    on leads.pc_opportunity_id = opportunities.pc_opportunity_id and leads.tenant_id = opportunities.tenant_id
