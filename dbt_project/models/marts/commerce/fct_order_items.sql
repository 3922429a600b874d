{{ config(materialized='table') }}

-- One row per piece of an order, with the version of its article that held when the order was taken.
with items as (
    select
        item_id,
        order_id,
        sku,
        ordered_at
    from {{ ref('history_order_items') }}
),

orders as (
    select
        order_id,
        customer_id,
        store_id,
        status
    from {{ ref('history_orders') }}
),

products as (
    select
        product_version_id,
        sku,
        list_price_cents,
        -- Of the time before an article was first heard of, the first version is the best that is known.
        case when version_number = 1 then timestamptz '-infinity' else valid_from end as holds_from
    from {{ ref('dim_products') }}
)

select
    items.item_id,
    items.order_id,
    items.sku,
    products.product_version_id,
    orders.customer_id,
    orders.store_id,
    cast(items.ordered_at at time zone 'UTC' as date) as order_date,
    items.ordered_at,
    orders.status as order_status,
    products.list_price_cents
from items
left join orders on items.order_id = orders.order_id
asof left join products
    on
        items.sku = products.sku
        and items.ordered_at >= products.holds_from
