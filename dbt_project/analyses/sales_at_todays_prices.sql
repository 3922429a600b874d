-- One row per year: what was sold, at the price that held when it was sold and at today's.
with prices as (
    select
        sku,
        price,
        valid_from
    from {{ ref('products_versions') }}
    where not _deleted
),

prices_today as (
    select
        sku,
        price
    from {{ ref('products_read') }}
)

select
    cast(extract(year from items.ordered_at at time zone 'UTC') as integer) as sales_year,
    count(*) as items_sold,
    -- Sold before the first price that is known of the product: missing in both sums.
    count(*) filter (where prices.price is null) as items_without_price,
    cast(sum(prices.price) as bigint) as cents_then,
    cast(sum(prices_today.price) filter (where prices.price is not null) as bigint) as cents_at_todays_prices
from {{ ref('history_order_items') }} as items
asof left join prices
    on
        items.sku = prices.sku
        and items.ordered_at >= prices.valid_from
left join prices_today on items.sku = prices_today.sku
group by sales_year
order by sales_year
