{{ config(materialized='table') }}

-- One row per order, hot and archived alike, with the version of its customer that held when it was taken.
with orders as (
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
        currency
    from {{ ref('history_orders') }}
),

items as (
    select
        order_id,
        count(*) as item_count
    from {{ ref('history_order_items') }}
    group by order_id
),

customers as (
    select
        customer_version_id,
        customer_id,
        -- Of the time before a customer was first heard of, the first version is the best that is known.
        case when version_number = 1 then timestamptz '-infinity' else valid_from end as holds_from
    from {{ ref('dim_customers') }}
)

select
    orders.order_id,
    orders.customer_id,
    customers.customer_version_id,
    orders.store_id,
    cast(orders.ordered_at at time zone 'UTC' as date) as order_date,
    orders.ordered_at,
    orders.status,
    orders.status = 'cancelled' as is_cancelled,
    orders.status = 'refunded' as is_refunded,
    row_number() over (
        partition by orders.customer_id order by orders.ordered_at, orders.order_id
    ) as customer_order_number,
    date_diff('second', orders.ordered_at, orders.fulfilled_at) as fulfilment_seconds,
    coalesce(items.item_count, 0) as item_count,
    orders.currency,
    orders.subtotal as subtotal_cents,
    orders.tax_paid as tax_cents,
    orders.order_total as order_total_cents,
    -- What stayed in the till: a cancelled order was never paid, a refunded one was paid back.
    case when orders.status in ('cancelled', 'refunded') then 0 else orders.order_total end as kept_cents
from orders
left join items on orders.order_id = items.order_id
asof left join customers
    on
        orders.customer_id = customers.customer_id
        and orders.ordered_at >= customers.holds_from
