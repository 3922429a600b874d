{{ config(materialized='view') }}

-- One row per movement_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/stock_movements.json: edit that file, not this one.
select
    movement_id,
    site_code,
    item_code,
    movement_type,
    quantity,
    value_change,
    shipment_id,
    moved_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('stock_movements') }}
where not _deleted
