-- The fact and the items it is made from must agree: an item is neither lost nor doubled where its article has versions.
with facts as (
    select
        count(*) as item_count,
        count(distinct order_id) as order_count
    from {{ ref('fct_order_items') }}
),

items as (
    select
        count(*) as item_count,
        count(distinct order_id) as order_count
    from {{ ref('history_order_items') }}
)

select
    facts.item_count as fact_item_count,
    items.item_count,
    facts.order_count as fact_order_count,
    items.order_count
from facts
cross join items
where
    facts.item_count <> items.item_count
    or facts.order_count <> items.order_count
