-- One row per month of orders: how many rows stand in PostgreSQL, how many in the lake, and how many orders they are.
with places as (
    select
        order_id,
        ordered_at,
        false as is_archived
    from {{ ref('orders') }}
    union all by name
    select
        order_id,
        ordered_at,
        true as is_archived
    from {{ ref('archive_orders') }}
)

select
    cast(date_trunc('month', ordered_at at time zone 'UTC') as date) as sales_month,
    count(*) filter (where not is_archived) as hot_rows,
    count(*) filter (where is_archived) as archived_rows,
    -- Less than both together where an order was corrected after it had left.
    count(distinct order_id) as order_count
from places
group by sales_month
order by sales_month
