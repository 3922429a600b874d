{{ config(materialized='view') }}

-- One row per supply_id and sku: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/supplies.json: edit that file, not this one.
select
    supply_id,
    sku,
    supply_name,
    cost,
    is_perishable,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('supplies') }}
where not _deleted
