{{ config(materialized='view') }}

-- One row per order_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/orders.json: edit that file, not this one.
select
    order_id,
    customer_id,
    store_id,
    ordered_at,
    status,
    fulfilled_at,
    subtotal,
    tax_paid,
    order_total,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('orders') }}
where not _deleted
