{{ config(materialized='view') }}

-- One row per offer_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/marketplace_offer.json: edit that file, not this one.
with marketplace_offer as (
    select *
    from {{ ref('marketplace_offer') }}
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
    marketplace_offer.tenant_id,
    marketplace_offer.offer_id,
    marketplace_offer.product_id,
    product.title as product_title,
    marketplace_offer.offer_name,
    marketplace_offer.state,
    marketplace_offer.is_private,
    marketplace_offer.targeting,
    marketplace_offer.pricing_model,
    marketplace_offer.currency,
    marketplace_offer.available_until,
    marketplace_offer.last_modified_at,
    marketplace_offer._loaded_at,
    marketplace_offer._quality_issues,
    marketplace_offer._quality_score
from marketplace_offer
left join product
    on
        marketplace_offer.product_id = product.entity_id
        and marketplace_offer.tenant_id = product.tenant_id
