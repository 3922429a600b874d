{{ config(materialized='view') }}

-- One row per cart_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/carts.json: edit that file, not this one.
with carts as (
    select *
    from {{ ref('carts') }}
    where not _deleted
),

customer as (
    select
        customer_id,
        customer_name
    from {{ ref('customers') }}
    where not _deleted
),

promotion_code as (
    select
        promotion_code,
        promotion_name
    from {{ ref('promotions') }}
    where not _deleted
)

select
    carts.cart_id,
    carts.customer_id,
    customer.customer_name,
    carts.status,
    carts.order_id,
    carts.promotion_code,
    promotion_code.promotion_name,
    carts.discount_amount,
    carts.total_amount,
    carts.currency,
    carts.items,
    carts.opened_at,
    carts.updated_at,
    carts._loaded_at,
    carts._quality_issues,
    carts._quality_score
from carts
left join customer
    on carts.customer_id = customer.customer_id
left join promotion_code
    on carts.promotion_code = promotion_code.promotion_code
