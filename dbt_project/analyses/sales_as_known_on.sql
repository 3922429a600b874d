-- One row per month of orders: its sales as they were known at a moment, and as they are known now.
-- Only the raw records can tell: a correction of a hot row takes its place. --vars '{known_on: 2026-01-31}' names the
-- moment; without it, a week ago.
{% set known_on = var('known_on', '') %}
with received as (
    select
        raw_seq,
        ingested_at,
        raw_data ->> '$.id' as order_id,
        try_cast(raw_data ->> '$.updated_at' as timestamptz) as updated_at,
        try_cast(raw_data ->> '$.ordered_at' as timestamptz) as ordered_at,
        raw_data ->> '$.status' as status,
        try_cast(raw_data ->> '$.order_total' as integer) as order_total
    from {{ raw_records(source('commerce', 'source_orders')) }} as records
    where json_valid(raw_data)
),

known as (
    select
        ordered_at,
        status,
        order_total
    from received
    where
        ingested_at <= {{ "timestamptz '" ~ known_on ~ "'" if known_on else 'now() - interval 7 day' }}
        -- What cannot be read was rejected, then as now.
        and ordered_at is not null
        and order_total is not null
    qualify row_number() over (partition by order_id order by updated_at desc, raw_seq desc) = 1
),

then_known as (
    select
        cast(date_trunc('month', ordered_at at time zone 'UTC') as date) as sales_month,
        cast(sum(order_total) as bigint) as sales_cents
    from known
    where status <> 'cancelled'
    group by sales_month
),

now_known as (
    select
        cast(date_trunc('month', ordered_at at time zone 'UTC') as date) as sales_month,
        cast(sum(order_total) as bigint) as sales_cents
    from {{ ref('history_orders') }}
    where status <> 'cancelled'
    group by sales_month
)

select
    coalesce(now_known.sales_month, then_known.sales_month) as sales_month,
    coalesce(then_known.sales_cents, 0) as cents_known_then,
    coalesce(now_known.sales_cents, 0) as cents_known_now,
    coalesce(now_known.sales_cents, 0) - coalesce(then_known.sales_cents, 0) as cents_learnt_since
from now_known
full join then_known on now_known.sales_month = then_known.sales_month
order by sales_month
