{{ config(materialized='view') }}

-- One row per order_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/orders.json: edit that file, not this one.
with orders as (
    select *
    from {{ ref('orders') }}
    where not _deleted
),

customer as (
    select
        customer_id,
        customer_name
    from {{ ref('customers') }}
    where not _deleted
),

store as (
    select
        store_id,
        store_name
    from {{ ref('stores') }}
    where not _deleted
)

select
    orders.order_id,
    orders.customer_id,
    customer.customer_name,
    orders.store_id,
    store.store_name,
    orders.ordered_at,
    orders.status,
    orders.fulfilled_at,
    orders.subtotal,
    orders.tax_paid,
    orders.order_total,
    orders.updated_at,
    orders.total_amount,
    orders.currency,
    orders.created_at,
    orders.created_by,
    orders.updated_by,
    orders.version,
    orders.deleted_at,
    orders.deleted_by,
    orders._loaded_at,
    orders._quality_issues,
    orders._quality_score
from orders
left join customer
    on orders.customer_id = customer.customer_id
left join store
    on orders.store_id = store.store_id
