-- One row per month from the first order to the last: its sales, and those of the twelve months that end with it.
with months as (
    select
        cast(date_trunc('month', ordered_at at time zone 'UTC') as date) as sales_month,
        count(*) as order_count,
        sum(order_total) as sales_cents
    from {{ ref('history_orders') }}
    where status <> 'cancelled'
    group by sales_month
),

-- A month without an order is a zero: a window over the others would reach back too far.
calendar as (
    select cast(unnest(generate_series(min(sales_month), max(sales_month), interval 1 month)) as date) as sales_month
    from months
)

select
    calendar.sales_month,
    coalesce(months.order_count, 0) as order_count,
    cast(coalesce(months.sales_cents, 0) as bigint) as sales_cents,
    -- Fewer than twelve months are no year.
    case
        when count(*) over twelve_months = 12
            then cast(coalesce(sum(months.sales_cents) over twelve_months, 0) as bigint)
    end as year_to_month_cents
from calendar
left join months on calendar.sales_month = months.sales_month
window twelve_months as (order by calendar.sales_month rows between 11 preceding and current row)
order by calendar.sales_month
