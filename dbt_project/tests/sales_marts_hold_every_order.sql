-- Each mart and the orders it is made from must agree, wherever the rows are kept: one row here is a difference.
with marts as (
    select
        'mart_daily_sales' as mart,
        sum(order_count) as order_count,
        sum(gross_sales_cents) as gross_sales_cents
    from {{ ref('mart_daily_sales') }}
    union all
    select
        'fct_orders' as mart,
        count(*) as order_count,
        sum(order_total_cents) filter (where not is_cancelled) as gross_sales_cents
    from {{ ref('fct_orders') }}
),

orders as (
    select
        count(*) as order_count,
        sum(order_total) filter (where status <> 'cancelled') as gross_sales_cents
    from {{ ref('history_orders') }}
)

select
    marts.mart,
    marts.order_count as mart_order_count,
    orders.order_count,
    marts.gross_sales_cents as mart_gross_sales_cents,
    orders.gross_sales_cents
from marts
cross join orders
where
    coalesce(marts.order_count, 0) <> orders.order_count
    or coalesce(marts.gross_sales_cents, 0) <> coalesce(orders.gross_sales_cents, 0)
