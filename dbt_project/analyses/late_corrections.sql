-- One row per month of orders of which some were corrected after they had been archived: what the corrections changed.
with everything as (
    select
        order_id,
        ordered_at,
        order_total,
        _source_order,
        _raw_seq,
        _deleted,
        true as is_archived
    from {{ ref('archive_orders') }}
    union all by name
    select
        order_id,
        ordered_at,
        order_total,
        _source_order,
        _raw_seq,
        _deleted,
        false as is_archived
    from {{ ref('orders') }}
),

ranked as (
    select
        *,
        row_number() over (partition by order_id order by _source_order, _raw_seq, _deleted desc) as place,
        row_number() over (partition by order_id order by _source_order desc, _raw_seq desc, _deleted) as place_from_end
    from everything
),

corrected as (
    select
        first_row.ordered_at,
        first_row.order_total as archived_cents,
        case when last_row._deleted then 0 else last_row.order_total end as cents_now
    from ranked as first_row
    inner join ranked as last_row
        on
            first_row.order_id = last_row.order_id
            and last_row.place_from_end = 1
            and last_row.place > 1
    where first_row.place = 1 and first_row.is_archived
)

select
    cast(date_trunc('month', ordered_at at time zone 'UTC') as date) as sales_month,
    count(*) as corrected_orders,
    cast(sum(archived_cents) as bigint) as archived_cents,
    cast(sum(cents_now) as bigint) as cents_now
from corrected
group by sales_month
order by sales_month
