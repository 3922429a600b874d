{{ config(materialized='view') }}

-- One row per pc_opportunity_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/aws_opportunity_summary.json: edit that file, not this one.
with aws_opportunity_summary as (
    select *
    from {{ ref('aws_opportunity_summary') }}
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
    aws_opportunity_summary.tenant_id,
    aws_opportunity_summary.pc_opportunity_id,
    pc_opportunity.title as pc_opportunity_title,
    aws_opportunity_summary.involvement_type,
    aws_opportunity_summary.visibility,
    aws_opportunity_summary.origin,
    aws_opportunity_summary.aws_stage,
    aws_opportunity_summary.aws_close_date,
    aws_opportunity_summary.engagement_score,
    aws_opportunity_summary.next_best_actions,
    aws_opportunity_summary.last_modified_at,
    aws_opportunity_summary._loaded_at,
    aws_opportunity_summary._quality_issues,
    aws_opportunity_summary._quality_score
from aws_opportunity_summary
left join pc_opportunity
    on
        aws_opportunity_summary.pc_opportunity_id = pc_opportunity.pc_opportunity_id
        and aws_opportunity_summary.tenant_id = pc_opportunity.tenant_id
