-- One row per order on which the newest record received and history do not agree. Rejected records show here, and
-- nothing else should.
with received as (
    select
        raw_data ->> '$.id' as order_id,
        raw_data ->> '$.order_total' as order_total,
        raw_data ->> '$.status' as status
    from {{ raw_records(source('commerce', 'source_orders')) }} as records
    where json_valid(raw_data)
    qualify
        row_number() over (
            partition by raw_data ->> '$.id'
            order by try_cast(raw_data ->> '$.updated_at' as timestamptz) desc nulls last, raw_seq desc
        ) = 1
),

analytics as (
    select
        cast(order_id as varchar) as order_id,
        order_total,
        status
    from {{ ref('history_orders') }}
)

select
    coalesce(received.order_id, analytics.order_id) as order_id,
    case
        when analytics.order_id is null then 'received, not in history'
        when received.order_id is null then 'in history, never received'
        else 'not the same'
    end as difference,
    received.order_total as received_total,
    analytics.order_total as analytics_total,
    received.status as received_status,
    analytics.status as analytics_status
from received
full join analytics on lower(received.order_id) = analytics.order_id
where
    received.order_id is null
    or analytics.order_id is null
    or received.status <> analytics.status
    or try_cast(received.order_total as integer) is distinct from analytics.order_total
order by order_id
