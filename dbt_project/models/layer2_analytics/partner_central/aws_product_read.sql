{{ config(materialized='view') }}

-- One row per product_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/aws_product.json: edit that file, not this one.
select
    product_code,
    product_name,
    product_family,
    product_description,
    is_retired,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('aws_product') }}
where not _deleted
