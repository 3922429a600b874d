{{ config(materialized='view') }}

-- One row per item_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/order_items.json: edit that file, not this one.
with order_items as (
    select *
    from {{ ref('order_items') }}
    where not _deleted
),

sku as (
    select
        sku,
        product_name
    from {{ ref('products') }}
    where not _deleted
)

select
    order_items.item_id,
    order_items.order_id,
    order_items.sku,
    sku.product_name,
    order_items.ordered_at,
    order_items.updated_at,
    order_items._loaded_at,
    order_items._quality_issues,
    order_items._quality_score
from order_items
left join sku
    on order_items.sku = sku.sku
