-- One row per time in which a store took no order for a week or more, between its first order and its last.
with sales_days as (
    select distinct
        store_id,
        cast(ordered_at at time zone 'UTC' as date) as sales_day
    from {{ ref('history_orders') }}
),

gaps as (
    select
        store_id,
        sales_day as last_day_before,
        lead(sales_day) over (partition by store_id order by sales_day) as first_day_after
    from sales_days
)

select
    store_id,
    last_day_before,
    first_day_after,
    first_day_after - last_day_before - 1 as days_without
from gaps
where first_day_after - last_day_before > 7
order by days_without desc, store_id, last_day_before
