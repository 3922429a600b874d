{{ config(materialized='view') }}

-- One row per return_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/order_returns.json: edit that file, not this one.
with order_returns as (
    select *
    from {{ ref('order_returns') }}
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
    order_returns.return_id,
    order_returns.order_id,
    order_returns.sku,
    sku.product_name as sku_product_name,
    order_returns.reason,
    order_returns.decision,
    order_returns.decided_in_minutes,
    order_returns.requested_at,
    order_returns.updated_at,
    order_returns._loaded_at,
    order_returns._quality_issues,
    order_returns._quality_score
from order_returns
left join sku
    on order_returns.sku = sku.sku
