{{ config(materialized='view') }}

-- One row per shipment_id and line_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/shipment_lines.json: edit that file, not this one.
with shipment_lines as (
    select *
    from {{ ref('shipment_lines') }}
    where not _deleted
),

item_code as (
    select
        item_code,
        item_name
    from {{ ref('purchase_items') }}
    where not _deleted
)

select
    shipment_lines.shipment_id,
    shipment_lines.line_number,
    shipment_lines.item_code,
    item_code.item_name,
    shipment_lines.planned_quantity,
    shipment_lines.shipped_quantity,
    shipment_lines.unit_of_measure,
    shipment_lines.is_in_full,
    shipment_lines.shipped_at,
    shipment_lines.updated_at,
    shipment_lines._loaded_at,
    shipment_lines._quality_issues,
    shipment_lines._quality_score
from shipment_lines
left join item_code
    on shipment_lines.item_code = item_code.item_code
