-- One row per quarter of first orders and number of quarters since: how many of those customers ordered again then.
with customer_quarters as (
    select distinct
        customer_id,
        cast(date_trunc('quarter', ordered_at at time zone 'UTC') as date) as order_quarter
    from {{ ref('history_orders') }}
    where status <> 'cancelled'
),

cohorts as (
    select
        customer_id,
        order_quarter,
        min(order_quarter) over (partition by customer_id) as first_quarter
    from customer_quarters
)

select
    first_quarter,
    date_diff('quarter', first_quarter, order_quarter) as quarters_since,
    count(*) as customer_count,
    round(100.0 * count(*) / first_value(count(*)) over (partition by first_quarter order by quarters_since), 1)
        as percent_of_cohort
from cohorts
group by first_quarter, quarters_since
order by first_quarter, quarters_since
