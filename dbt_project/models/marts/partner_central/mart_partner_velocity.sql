{{ config(materialized='table') }}

-- One row per tenant, calendar quarter of the close date and partner solution in which at least one opportunity has closed.
with closed as (
    select
        tenant_id,
        quarter,
        partner_solution_id,
        outcome,
        expected_revenue_usd,
        cycle_days
    from {{ ref('fct_opportunities') }}
    where outcome <> 'open'
),

by_quarter as (
    select
        tenant_id,
        quarter,
        partner_solution_id,
        count(*) as closed_count,
        count(*) filter (where outcome = 'won') as won_count,
        coalesce(sum(expected_revenue_usd) filter (where outcome = 'won'), 0) as won_revenue_usd,
        avg(expected_revenue_usd) filter (where outcome = 'won') as average_won_revenue_usd,
        count(cycle_days) filter (where outcome = 'won') as won_with_cycle_count,
        avg(cycle_days) filter (where outcome = 'won') as average_cycle_days
    from closed
    group by tenant_id, quarter, partner_solution_id
)

select
    tenant_id,
    quarter,
    partner_solution_id,
    closed_count,
    won_count,
    cast(100 * won_count as double) / closed_count as win_rate,
    cast(won_revenue_usd as decimal(18, 2)) as won_revenue_usd,
    cast(average_won_revenue_usd as double) as average_won_revenue_usd,
    won_with_cycle_count,
    average_cycle_days,
    -- Deals times what one brings times the part that is won, by the days it takes: closed * won / closed is won.
    won_count * average_won_revenue_usd / nullif(average_cycle_days, 0) as velocity_usd_per_day
from by_quarter
