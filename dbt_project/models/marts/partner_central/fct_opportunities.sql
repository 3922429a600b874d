{{ config(materialized='table') }}

-- One row per opportunity that the portal shows: when it was opened, when it closed, how, and after which stage.
with versions as (
    select
        pc_opportunity_id,
        tenant_id,
        partner_solution_id,
        lifecycle_stage,
        outcome,
        expected_revenue_usd,
        close_date,
        quarter,
        valid_from,
        _deleted,
        row_number() over (partition by pc_opportunity_id order by _source_order, _raw_seq) as place,
        row_number() over (partition by pc_opportunity_id order by _source_order desc, _raw_seq desc) as newest_first
    from {{ ref('partner_central_opportunity_versions') }}
    where
        cast(valid_from at time zone 'UTC' as date)
        <= (select reporting_day.as_of_date from {{ ref('reporting_day') }} as reporting_day)
),

current_state as (
    select
        pc_opportunity_id,
        tenant_id,
        partner_solution_id,
        lifecycle_stage,
        outcome,
        expected_revenue_usd,
        close_date,
        quarter,
        place
    from versions
    where newest_first = 1 and not _deleted
),

-- Who reopens a deal starts no new one: it has closed when it was last seen to be open no more.
openness as (
    select
        pc_opportunity_id,
        min_by(valid_from, place) filter (where outcome = 'open') as first_seen_open_at,
        max(place) filter (where outcome = 'open') as last_open_place,
        max_by(lifecycle_stage, place) filter (where outcome = 'open') as last_open_stage,
        min_by(outcome, place) as first_outcome,
        min_by(valid_from, place) as first_seen_at
    from versions
    group by pc_opportunity_id
),

closings as (
    select
        versions.pc_opportunity_id,
        min(versions.valid_from) as closed_at
    from versions
    inner join openness on versions.pc_opportunity_id = openness.pc_opportunity_id
    where versions.outcome <> 'open' and versions.place > coalesce(openness.last_open_place, 0)
    group by versions.pc_opportunity_id
)

select
    current_state.pc_opportunity_id,
    current_state.tenant_id,
    current_state.partner_solution_id,
    current_state.lifecycle_stage,
    current_state.outcome,
    current_state.expected_revenue_usd,
    current_state.close_date,
    current_state.quarter,
    openness.first_seen_at,
    closings.closed_at,
    openness.last_open_stage,
    -- A deal that was closed when it was first heard of has a cycle that nobody knows.
    case
        when openness.first_outcome = 'open'
            then cast(epoch(closings.closed_at - openness.first_seen_open_at) as double) / 86400
    end as cycle_days,
    cast(current_state.place as bigint) as version_count
from current_state
inner join openness on current_state.pc_opportunity_id = openness.pc_opportunity_id
left join closings on current_state.pc_opportunity_id = closings.pc_opportunity_id
