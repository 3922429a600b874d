{{ config(materialized='table') }}

-- One row per customer: what is known of them before the day `as_of`, ready for a model or a mailing.
with clock as (
    select as_of_date as as_of
    from {{ ref('reporting_day') }}
),

orders as (
    select
        orders.order_id,
        orders.customer_id,
        orders.store_id,
        orders.order_date,
        orders.ordered_at,
        orders.item_count,
        orders.is_cancelled,
        orders.is_refunded,
        orders.kept_cents,
        clock.as_of - orders.order_date as days_ago
    from {{ ref('fct_orders') }} as orders
    cross join clock
    where orders.order_date < clock.as_of
),

of_customer as (
    select
        customer_id,
        count(*) as lifetime_order_count,
        count(*) filter (where is_cancelled) as lifetime_cancelled_count,
        count(*) filter (where is_refunded) as lifetime_refunded_count,
        sum(kept_cents) as lifetime_value_cents,
        min(order_date) as first_order_on,
        max(order_date) as last_order_on,
        count(*) filter (where days_ago <= 30) as order_count_30d,
        sum(item_count) filter (where days_ago <= 30) as item_count_30d,
        sum(kept_cents) filter (where days_ago <= 30) as spend_cents_30d,
        count(distinct order_date) filter (where days_ago <= 30) as active_days_30d,
        count(distinct store_id) filter (where days_ago <= 30) as store_count_30d,
        count(*) filter (where days_ago between 31 and 60) as order_count_previous_30d,
        sum(kept_cents) filter (where days_ago between 31 and 60) as spend_cents_previous_30d
    from orders
    group by customer_id
),

known_until as (
    select max(ordered_at) as newest_order_at
    from orders
),

customers as (
    select customer_id
    from {{ ref('customers_read') }}
)

select
    coalesce(customers.customer_id, of_customer.customer_id) as customer_id,
    clock.as_of,
    1 as feature_version,
    known_until.newest_order_at,
    customers.customer_id is not null as is_known_customer,
    case
        when of_customer.customer_id is null then 'prospect'
        when clock.as_of - of_customer.first_order_on <= 30 then 'new'
        when clock.as_of - of_customer.last_order_on <= 30 then 'active'
        when clock.as_of - of_customer.last_order_on <= 90 then 'lapsing'
        else 'lapsed'
    end as segment,
    of_customer.first_order_on,
    of_customer.last_order_on,
    cast(clock.as_of - of_customer.last_order_on as integer) as days_since_last_order,
    cast(coalesce(of_customer.order_count_30d, 0) as bigint) as order_count_30d,
    cast(coalesce(of_customer.item_count_30d, 0) as bigint) as item_count_30d,
    cast(coalesce(of_customer.spend_cents_30d, 0) as bigint) as spend_cents_30d,
    cast(coalesce(of_customer.active_days_30d, 0) as bigint) as active_days_30d,
    cast(coalesce(of_customer.store_count_30d, 0) as bigint) as store_count_30d,
    cast(coalesce(of_customer.order_count_previous_30d, 0) as bigint) as order_count_previous_30d,
    cast(coalesce(of_customer.spend_cents_previous_30d, 0) as bigint) as spend_cents_previous_30d,
    cast(coalesce(of_customer.lifetime_order_count, 0) as bigint) as lifetime_order_count,
    cast(coalesce(of_customer.lifetime_cancelled_count, 0) as bigint) as lifetime_cancelled_count,
    cast(coalesce(of_customer.lifetime_refunded_count, 0) as bigint) as lifetime_refunded_count,
    cast(coalesce(of_customer.lifetime_value_cents, 0) as bigint) as lifetime_value_cents
from customers
full outer join of_customer on customers.customer_id = of_customer.customer_id
cross join clock
cross join known_until
