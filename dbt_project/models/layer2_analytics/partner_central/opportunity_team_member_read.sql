{{ config(materialized='view') }}

-- One row per pc_opportunity_id and email: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/opportunity_team_member.json: edit that file, not this one.
with opportunity_team_member as (
    select *
    from {{ ref('opportunity_team_member') }}
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
    opportunity_team_member.tenant_id,
    opportunity_team_member.pc_opportunity_id,
    pc_opportunity.title as pc_opportunity_title,
    {{ target.schema }}.tokenize(opportunity_team_member.email::text) as email,
    opportunity_team_member.side,
    opportunity_team_member.business_title,
    left(opportunity_team_member.full_name::text, (length(opportunity_team_member.full_name::text) > 3)::int) || '***' as full_name,
    opportunity_team_member.joined_at,
    opportunity_team_member.left_at,
    opportunity_team_member._loaded_at,
    opportunity_team_member._quality_issues,
    opportunity_team_member._quality_score
from opportunity_team_member
left join pc_opportunity
    on
        opportunity_team_member.pc_opportunity_id = pc_opportunity.pc_opportunity_id
        and opportunity_team_member.tenant_id = pc_opportunity.tenant_id
