{{ config(materialized='view') }}

-- One row per promotion_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/promotions.json: edit that file, not this one.
with promotions as (
    select *
    from {{ ref('promotions') }}
    where not _deleted
),

free_sku as (
    select
        sku,
        product_name
    from {{ ref('products') }}
    where not _deleted
)

select
    promotions.promotion_code,
    promotions.promotion_name,
    promotions.discount_type,
    promotions.discount_value,
    promotions.free_sku,
    free_sku.product_name as free_sku_product_name,
    promotions.starts_at,
    promotions.ends_at,
    promotions.updated_at,
    promotions._loaded_at,
    promotions._quality_issues,
    promotions._quality_score
from promotions
left join free_sku
    on promotions.free_sku = free_sku.sku
