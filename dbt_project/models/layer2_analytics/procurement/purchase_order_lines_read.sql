{{ config(materialized='view') }}

-- One row per purchase_order_id and line_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/purchase_order_lines.json: edit that file, not this one.
with purchase_order_lines as (
    select *
    from {{ ref('purchase_order_lines') }}
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
    purchase_order_lines.purchase_order_id,
    purchase_order_lines.line_number,
    purchase_order_lines.item_code,
    item_code.item_name,
    purchase_order_lines.quantity,
    purchase_order_lines.unit_price,
    purchase_order_lines.line_amount,
    purchase_order_lines.standard_cost,
    purchase_order_lines.ordered_at,
    purchase_order_lines.updated_at,
    purchase_order_lines._loaded_at,
    purchase_order_lines._quality_issues,
    purchase_order_lines._quality_score
from purchase_order_lines
left join item_code
    on purchase_order_lines.item_code = item_code.item_code
