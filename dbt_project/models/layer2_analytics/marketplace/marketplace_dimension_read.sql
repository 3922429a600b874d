{{ config(materialized='view') }}

-- One row per dimension_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/marketplace_dimension.json: edit that file, not this one.
with marketplace_dimension as (
    select *
    from {{ ref('marketplace_dimension') }}
    where not _deleted
),

product as (
    select
        entity_id,
        tenant_id,
        title
    from {{ ref('marketplace_product') }}
    where not _deleted
)

select
    marketplace_dimension.tenant_id,
    marketplace_dimension.dimension_id,
    marketplace_dimension.product_id,
    product.title as product_title,
    marketplace_dimension.dimension_key,
    marketplace_dimension.display_name,
    marketplace_dimension.unit,
    marketplace_dimension.is_metered,
    marketplace_dimension.dimension_type,
    marketplace_dimension._loaded_at,
    marketplace_dimension._quality_issues,
    marketplace_dimension._quality_score
from marketplace_dimension
left join product
    on
        marketplace_dimension.product_id = product.entity_id
        and marketplace_dimension.tenant_id = product.tenant_id
