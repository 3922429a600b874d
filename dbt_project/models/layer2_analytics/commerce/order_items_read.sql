{{ config(materialized='view') }}

-- One row per item_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/order_items.json: edit that file, not this one.
select
    item_id,
    order_id,
    sku,
    ordered_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('order_items') }}
where not _deleted
