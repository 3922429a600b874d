-- One row per order whose customer bears another name today than on the day of the order.
with names as (
    select
        customer_id,
        customer_name,
        valid_from
    from {{ ref('customers_versions') }}
    where not _deleted
),

names_today as (
    select
        customer_id,
        customer_name
    from {{ ref('customers_read') }}
)

select
    orders.order_id,
    orders.ordered_at,
    names.customer_name as name_then,
    names_today.customer_name as name_now
from {{ ref('history_orders') }} as orders
-- The version that held when the order was taken: the last one that began before it.
asof inner join names
    on
        orders.customer_id = names.customer_id
        and orders.ordered_at >= names.valid_from
inner join names_today on orders.customer_id = names_today.customer_id
where names.customer_name <> names_today.customer_name
order by orders.ordered_at, orders.order_id
