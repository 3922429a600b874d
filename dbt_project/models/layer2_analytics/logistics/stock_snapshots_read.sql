{{ config(materialized='view') }}

-- One row per site_code and item_code and counted_on: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/stock_snapshots.json: edit that file, not this one.
with stock_snapshots as (
    select *
    from {{ ref('stock_snapshots') }}
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
    stock_snapshots.site_code,
    site_code.site_name,
    stock_snapshots.item_code,
    item_code.item_name,
    stock_snapshots.counted_on,
    stock_snapshots.on_hand_quantity,
    stock_snapshots.reserved_quantity,
    stock_snapshots.average_daily_use,
    stock_snapshots.days_of_stock,
    stock_snapshots.stock_value,
    stock_snapshots.currency,
    stock_snapshots.updated_at,
    stock_snapshots._loaded_at,
    stock_snapshots._quality_issues,
    stock_snapshots._quality_score
from stock_snapshots
left join site_code
    on stock_snapshots.site_code = site_code.site_code
left join item_code
    on stock_snapshots.item_code = item_code.item_code
