{{ config(materialized='view') }}

-- One row per cart_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/carts.json: edit that file, not this one.
select
    cart_id,
    customer_id,
    status,
    order_id,
    promotion_code,
    discount_amount,
    total_amount,
    currency,
    items,
    opened_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('carts') }}
where not _deleted
