-- One row per month with sales whose month a year before had some too: by how much they grew.
with months as (
    select
        cast(date_trunc('month', ordered_at at time zone 'UTC') as date) as sales_month,
        cast(sum(order_total) as bigint) as sales_cents
    from {{ ref('history_orders') }}
    where status <> 'cancelled'
    group by sales_month
)

select
    months.sales_month,
    months.sales_cents,
    year_before.sales_cents as year_before_cents,
    round(100.0 * (months.sales_cents - year_before.sales_cents) / nullif(year_before.sales_cents, 0), 1)
        as growth_percent
from months
inner join months as year_before on months.sales_month = year_before.sales_month + interval 1 year
order by months.sales_month
