{{ config(materialized='view') }}

-- One row per price_list_code and sku and valid_from_date: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/product_prices.json: edit that file, not this one.
with product_prices as (
    select *
    from {{ ref('product_prices') }}
    where not _deleted
),

price_list_code as (
    select
        price_list_code,
        price_list_name
    from {{ ref('price_lists') }}
    where not _deleted
),

sku as (
    select
        sku,
        product_name
    from {{ ref('products') }}
    where not _deleted
)

select
    product_prices.price_list_code,
    price_list_code.price_list_name,
    product_prices.sku,
    sku.product_name as sku_product_name,
    product_prices.valid_from_date,
    product_prices.valid_to_date,
    product_prices.amount,
    product_prices.previous_amount,
    product_prices.updated_at,
    product_prices._loaded_at,
    product_prices._quality_issues,
    product_prices._quality_score
from product_prices
left join price_list_code
    on product_prices.price_list_code = price_list_code.price_list_code
left join sku
    on product_prices.sku = sku.sku
