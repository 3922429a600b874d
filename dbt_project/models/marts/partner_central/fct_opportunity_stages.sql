{{ config(materialized='table') }}

-- One row per opportunity and open stage in which it was seen, and what came of it from there.
with opportunities as (
    select
        pc_opportunity_id,
        tenant_id,
        partner_solution_id,
        outcome as final_outcome
    from {{ ref('fct_opportunities') }}
),

versions as (
    select
        pc_opportunity_id,
        outcome,
        lifecycle_stage,
        valid_from,
        -- Who stands in a stage has been there until the end of the reporting day.
        least(
            valid_to,
            (
                select cast(reporting_day.as_of_date + interval 1 day as timestamp) at time zone 'UTC'
                from {{ ref('reporting_day') }} as reporting_day
            )
        ) as held_until,
        -- How far it has come. What is lost has come no further.
        case
            when outcome = 'won' then 6
            when outcome = 'lost' then 0
            else
                coalesce(
                    list_position(
                        ['prospect', 'qualified', 'technical_validation', 'business_validation', 'committed'],
                        lifecycle_stage
                    ),
                    0
                )
        end as reached_position,
        row_number() over (partition by pc_opportunity_id order by _source_order, _raw_seq) as place,
        row_number() over (partition by pc_opportunity_id order by _source_order desc, _raw_seq desc) = 1 as is_newest
    from {{ ref('partner_central_opportunity_versions') }}
    where
        cast(valid_from at time zone 'UTC' as date)
        <= (select reporting_day.as_of_date from {{ ref('reporting_day') }} as reporting_day)
        and not _deleted
),

stages as (
    select
        pc_opportunity_id,
        lifecycle_stage,
        any_value(reached_position) as stage_position,
        min(place) as first_place,
        min(valid_from) as entered_at,
        sum(epoch(held_until - valid_from)) / 86400 as days_in_stage,
        bool_or(is_newest) as is_here
    from versions
    where outcome = 'open'
    group by pc_opportunity_id, lifecycle_stage
),

furthest as (
    select
        stages.pc_opportunity_id,
        stages.lifecycle_stage,
        max(versions.reached_position) as furthest_position,
        min(versions.valid_from) filter (where versions.reached_position > stages.stage_position) as advanced_at
    from stages
    inner join versions
        on stages.pc_opportunity_id = versions.pc_opportunity_id and stages.first_place <= versions.place
    group by stages.pc_opportunity_id, stages.lifecycle_stage
)

select
    stages.pc_opportunity_id,
    opportunities.tenant_id,
    opportunities.partner_solution_id,
    stages.lifecycle_stage,
    cast(stages.stage_position as bigint) as stage_position,
    stages.entered_at,
    furthest.advanced_at,
    case
        when furthest.furthest_position > stages.stage_position then 'advanced'
        when opportunities.final_outcome = 'lost' then 'lost'
        else 'open'
    end as stage_outcome,
    stages.is_here,
    cast(stages.days_in_stage as double) as days_in_stage
from stages
inner join opportunities on stages.pc_opportunity_id = opportunities.pc_opportunity_id
inner join furthest
    on
        stages.pc_opportunity_id = furthest.pc_opportunity_id
        and stages.lifecycle_stage = furthest.lifecycle_stage
