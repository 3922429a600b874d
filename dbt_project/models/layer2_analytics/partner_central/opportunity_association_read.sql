{{ config(materialized='view') }}

-- One row per pc_opportunity_id and related_entity_type and related_entity_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/opportunity_association.json: edit that file, not this one.
with opportunity_association as (
    select *
    from {{ ref('opportunity_association') }}
    where not _deleted
),

pc_opportunity as (
    select
        pc_opportunity_id,
        tenant_id,
        title
    from {{ ref('partner_central_opportunity') }}
    where not _deleted
),

solution as (
    select
        solution_id,
        tenant_id,
        title
    from {{ ref('partner_central_solution') }}
    where not _deleted
),

product_code as (
    select
        product_code,
        product_name
    from {{ ref('aws_product') }}
    where not _deleted
)

select
    opportunity_association.tenant_id,
    opportunity_association.pc_opportunity_id,
    pc_opportunity.title as pc_opportunity_title,
    opportunity_association.related_entity_type,
    opportunity_association.related_entity_id,
    opportunity_association.solution_id,
    solution.title as solution_title,
    opportunity_association.product_code,
    product_code.product_name as product_code_product_name,
    opportunity_association.associated_at,
    opportunity_association.disassociated_at,
    opportunity_association._loaded_at,
    opportunity_association._quality_issues,
    opportunity_association._quality_score
from opportunity_association
left join pc_opportunity
    on
        opportunity_association.pc_opportunity_id = pc_opportunity.pc_opportunity_id
        and opportunity_association.tenant_id = pc_opportunity.tenant_id
left join solution
    on
        opportunity_association.solution_id = solution.solution_id
        and opportunity_association.tenant_id = solution.tenant_id
left join product_code
    on opportunity_association.product_code = product_code.product_code
