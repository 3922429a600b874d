{{ config(materialized='view') }}

-- One row per shipment_id and line_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/shipment_lines.json: edit that file, not this one.
select
    shipment_id,
    line_number,
    item_code,
    planned_quantity,
    shipped_quantity,
    unit_of_measure,
    is_in_full,
    shipped_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('shipment_lines') }}
where not _deleted
