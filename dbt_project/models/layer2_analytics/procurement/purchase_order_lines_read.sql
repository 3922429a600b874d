{{ config(materialized='view') }}

-- One row per purchase_order_id and line_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/purchase_order_lines.json: edit that file, not this one.
select
    purchase_order_id,
    line_number,
    item_code,
    quantity,
    unit_price,
    line_amount,
    standard_cost,
    ordered_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('purchase_order_lines') }}
where not _deleted
