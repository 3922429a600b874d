{{ config(severity='warn') }}

-- Months whose orders came, or changed, later than the mart looks back: build each of them anew, from month_start on, with
--     dbt run --target duckdb --select mart_hourly_revenue --event-time-start MONTH_START --event-time-end NEXT_MONTH_START
with marts as (
    select
        date_trunc('month', hour_start at time zone 'UTC') as month_start,
        sum(order_count) as order_count,
        sum(gross_sales_cents) as gross_sales_cents
    from {{ ref('mart_hourly_revenue') }}
    group by month_start
),

orders as (
    select
        date_trunc('month', ordered_at at time zone 'UTC') as month_start,
        count(*) as order_count,
        coalesce(sum(order_total) filter (where status <> 'cancelled'), 0) as gross_sales_cents
    from {{ ref('history_orders') }}
    group by month_start
)

select
    coalesce(orders.month_start, marts.month_start) as month_start,
    marts.order_count as mart_order_count,
    orders.order_count,
    marts.gross_sales_cents as mart_gross_sales_cents,
    orders.gross_sales_cents
from orders
full outer join marts on orders.month_start = marts.month_start
where
    coalesce(marts.order_count, 0) <> coalesce(orders.order_count, 0)
    or coalesce(marts.gross_sales_cents, 0) <> coalesce(orders.gross_sales_cents, 0)
