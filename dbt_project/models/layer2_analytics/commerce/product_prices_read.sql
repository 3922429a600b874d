{{ config(materialized='view') }}

-- One row per price_list_code and sku and valid_from_date: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/product_prices.json: edit that file, not this one.
select
    price_list_code,
    sku,
    valid_from_date,
    valid_to_date,
    amount,
    previous_amount,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('product_prices') }}
where not _deleted
