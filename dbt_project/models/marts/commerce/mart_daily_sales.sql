{{ config(materialized='table') }}

-- One row per store and UTC day on which the store took at least one order.
with orders as (
    select
        store_id,
        order_id,
        customer_id,
        status,
        subtotal,
        tax_paid,
        order_total,
        cast(ordered_at at time zone 'UTC' as date) as sales_date
    from {{ ref('history_orders') }}
),

items as (
    select
        order_id,
        count(*) as item_count
    from {{ ref('history_order_items') }}
    group by order_id
),

stores as (
    select
        store_id,
        store_name
    from {{ ref('stores_read') }}
)

select
    orders.store_id,
    any_value(stores.store_name) as store_name,
    orders.sales_date,
    count(*) as order_count,
    count(*) filter (where orders.status = 'cancelled') as cancelled_order_count,
    count(*) filter (where orders.status = 'refunded') as refunded_order_count,
    count(distinct orders.customer_id) as customer_count,
    cast(coalesce(sum(items.item_count), 0) as bigint) as item_count,
    -- A cancelled order was never paid; a refunded one was, and counts on the day it was taken.
    cast(coalesce(sum(orders.subtotal) filter (where orders.status <> 'cancelled'), 0) as bigint) as net_sales_cents,
    cast(coalesce(sum(orders.tax_paid) filter (where orders.status <> 'cancelled'), 0) as bigint) as tax_cents,
    cast(
        coalesce(sum(orders.order_total) filter (where orders.status <> 'cancelled'), 0) as bigint
    ) as gross_sales_cents
from orders
left join items on orders.order_id = items.order_id
left join stores on orders.store_id = stores.store_id
group by orders.store_id, orders.sales_date
