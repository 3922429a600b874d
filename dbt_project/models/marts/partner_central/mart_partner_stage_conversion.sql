{{ config(materialized='table') }}

-- One row per tenant, partner solution and open stage in which at least one opportunity was seen.
select
    tenant_id,
    partner_solution_id,
    lifecycle_stage,
    min(stage_position) as stage_position,
    count(*) as entered_count,
    count(*) filter (where stage_outcome = 'advanced') as advanced_count,
    count(*) filter (where stage_outcome = 'lost') as lost_count,
    count(*) filter (where stage_outcome = 'open') as open_count,
    cast(100 * count(*) filter (where stage_outcome = 'advanced') as double)
    / nullif(count(*) filter (where stage_outcome in ('advanced', 'lost')), 0) as conversion_rate,
    median(days_in_stage) filter (where not is_here) as median_days_in_stage,
    max(days_in_stage) filter (where is_here) as longest_days_open
from {{ ref('fct_opportunity_stages') }}
group by tenant_id, partner_solution_id, lifecycle_stage
