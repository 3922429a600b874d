{{ config(materialized='view') }}

-- One row per sku: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/products.json: edit that file, not this one.
select
    sku,
    product_name,
    product_type,
    price,
    description,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('products') }}
where not _deleted
