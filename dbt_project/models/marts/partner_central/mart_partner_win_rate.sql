{{ config(materialized='table') }}

-- One row per tenant, quarter and solution in which at least one opportunity has closed.
with closed as (
    select
        tenant_id,
        quarter,
        partner_solution_id,
        outcome
    from {{ ref('partner_central_opportunity_read') }}
    where lifecycle_stage = 'closed'
)

select
    tenant_id,
    quarter,
    partner_solution_id,
    count(*) as closed_count,
    count(*) filter (where outcome = 'won') as won_count,
    cast(100 * count(*) filter (where outcome = 'won') as double) / count(*) as win_rate
from closed
group by tenant_id, quarter, partner_solution_id
