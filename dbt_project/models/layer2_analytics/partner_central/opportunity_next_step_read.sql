{{ config(materialized='view') }}

-- One row per pc_opportunity_id and noted_at: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/opportunity_next_step.json: edit that file, not this one.
with opportunity_next_step as (
    select *
    from {{ ref('opportunity_next_step') }}
    where not _deleted
),

pc_opportunity as (
    select
        pc_opportunity_id,
        tenant_id,
        title
    from {{ ref('partner_central_opportunity') }}
    where not _deleted
)

select
    opportunity_next_step.tenant_id,
    opportunity_next_step.pc_opportunity_id,
    pc_opportunity.title as pc_opportunity_title,
    opportunity_next_step.noted_at,
    opportunity_next_step.next_step,
    opportunity_next_step.stage_at_time,
    opportunity_next_step.noted_by_side,
    opportunity_next_step._loaded_at,
    opportunity_next_step._quality_issues,
    opportunity_next_step._quality_score
from opportunity_next_step
left join pc_opportunity
    on
        opportunity_next_step.pc_opportunity_id = pc_opportunity.pc_opportunity_id
        and opportunity_next_step.tenant_id = pc_opportunity.tenant_id
