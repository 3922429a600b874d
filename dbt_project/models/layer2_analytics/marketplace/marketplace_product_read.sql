{{ config(materialized='view') }}

-- One row per entity_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/marketplace_product.json: edit that file, not this one.
with marketplace_product as (
    select *
    from {{ ref('marketplace_product') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
    where not _deleted
)

select
    marketplace_product.id,
    marketplace_product.tenant_id,
    tenant.name as tenant_name,
    marketplace_product.entity_id,
    marketplace_product.product_code,
    marketplace_product.title,
    marketplace_product.entity_type,
    marketplace_product.state,
    marketplace_product.pricing_model,
    marketplace_product.categories,
    marketplace_product.last_modified_at,
    marketplace_product.payload_json,
    marketplace_product._loaded_at,
    marketplace_product._quality_issues,
    marketplace_product._quality_score
from marketplace_product
left join tenant
    on marketplace_product.tenant_id = tenant.id
