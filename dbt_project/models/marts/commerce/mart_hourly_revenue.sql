{{
    config(
        materialized='view' if target.type == 'spark' else 'incremental',
        incremental_strategy='microbatch',
        event_time='hour_start',
        batch_size='month',
        lookback=1,
        begin=var('hourly_revenue_begins', '2024-01-01'),
        on_schema_change='append_new_columns',
    )
}}

-- One row per store and UTC hour in which the store took at least one order.
with orders as (
    select
        store_id,
        status,
        subtotal,
        tax_paid,
        order_total,
        date_trunc('hour', ordered_at) as hour_start
    -- dbt keeps to the orders of the batch, by the event_time of history_orders.
    from {{ ref('history_orders') }}
)

select
    store_id,
    hour_start,
    count(*) as order_count,
    count(*) filter (where status = 'cancelled') as cancelled_order_count,
    cast(coalesce(sum(subtotal) filter (where status <> 'cancelled'), 0) as bigint) as net_sales_cents,
    cast(coalesce(sum(tax_paid) filter (where status <> 'cancelled'), 0) as bigint) as tax_cents,
    cast(coalesce(sum(order_total) filter (where status <> 'cancelled'), 0) as bigint) as gross_sales_cents
from orders
group by store_id, hour_start
