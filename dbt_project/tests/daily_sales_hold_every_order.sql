-- The mart and the orders it is made from must agree, wherever the rows are kept: one row here is a difference.
with mart as (
    select
        sum(order_count) as order_count,
        sum(gross_sales_cents) as gross_sales_cents
    from {{ ref('mart_daily_sales') }}
),

orders as (
    select
        count(*) as order_count,
        sum(order_total) filter (where status <> 'cancelled') as gross_sales_cents
    from {{ ref('history_orders') }}
)

select
    mart.order_count as mart_order_count,
    orders.order_count,
    mart.gross_sales_cents as mart_gross_sales_cents,
    orders.gross_sales_cents
from mart
cross join orders
where
    coalesce(mart.order_count, 0) <> orders.order_count
    or coalesce(mart.gross_sales_cents, 0) <> coalesce(orders.gross_sales_cents, 0)
