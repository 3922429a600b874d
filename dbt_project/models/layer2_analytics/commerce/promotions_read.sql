{{ config(materialized='view') }}

-- One row per promotion_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/promotions.json: edit that file, not this one.
select
    promotion_code,
    promotion_name,
    discount_type,
    discount_value,
    free_sku,
    starts_at,
    ends_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('promotions') }}
where not _deleted
