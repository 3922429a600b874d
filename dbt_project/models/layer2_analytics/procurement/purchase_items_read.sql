{{ config(materialized='view') }}

-- One row per item_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/purchase_items.json: edit that file, not this one.
select
    item_code,
    item_name,
    commodity_code,
    unit_of_measure,
    standard_cost,
    currency,
    lead_time_days,
    is_perishable,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('purchase_items') }}
where not _deleted
