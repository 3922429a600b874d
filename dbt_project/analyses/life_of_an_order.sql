-- One row per state of one order, in the source's own order: what it was, how long, and what the change cost.
-- --vars '{order_id: …}' names the order; without it, the one of which most was received.
{% set order_id = var('order_id', '') %}
with states as (
    select
        raw_data ->> '$.id' as order_id,
        try_cast(raw_data ->> '$.updated_at' as timestamptz) as updated_at,
        raw_seq,
        ingested_at,
        raw_data ->> '$.status' as status,
        try_cast(raw_data ->> '$.order_total' as integer) as order_total
    from {{ raw_records(source('commerce', 'source_orders')) }} as records
    where json_valid(raw_data)
),

chosen as (
    select order_id
    from states
    where order_id {{ "= '" ~ order_id | replace("'", "''") ~ "'" if order_id else 'is not null' }}
    group by order_id
    order by count(*) desc, order_id
    limit 1
)

select
    states.order_id,
    states.updated_at,
    states.ingested_at,
    states.status,
    states.order_total,
    states.order_total - lag(states.order_total) over in_order as cents_more_than_before,
    lead(states.updated_at) over in_order - states.updated_at as held_for
from states
inner join chosen on states.order_id = chosen.order_id
window in_order as (order by states.updated_at, states.raw_seq)
order by states.updated_at, states.raw_seq
