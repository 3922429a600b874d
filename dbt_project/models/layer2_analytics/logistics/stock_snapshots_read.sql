{{ config(materialized='view') }}

-- One row per site_code and item_code and counted_on: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/stock_snapshots.json: edit that file, not this one.
select
    site_code,
    item_code,
    counted_on,
    on_hand_quantity,
    reserved_quantity,
    average_daily_use,
    days_of_stock,
    stock_value,
    currency,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('stock_snapshots') }}
where not _deleted
