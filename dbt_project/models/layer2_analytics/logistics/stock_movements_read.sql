{{ config(materialized='view') }}

-- One row per movement_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/stock_movements.json: edit that file, not this one.
with stock_movements as (
    select *
    from {{ ref('stock_movements') }}
    where not _deleted
),

site_code as (
    select
        site_code,
        site_name
    from {{ ref('logistics_sites') }}
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
    stock_movements.movement_id,
    stock_movements.site_code,
    site_code.site_name,
    stock_movements.item_code,
    item_code.item_name,
    stock_movements.movement_type,
    stock_movements.quantity,
    stock_movements.value_change,
    stock_movements.shipment_id,
    stock_movements.moved_at,
    stock_movements._loaded_at,
    stock_movements._quality_issues,
    stock_movements._quality_score
from stock_movements
left join site_code
    on stock_movements.site_code = site_code.site_code
left join item_code
    on stock_movements.item_code = item_code.item_code
