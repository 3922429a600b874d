{{ config(materialized='view') }}

-- One row per supply_id and sku: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/supplies.json: edit that file, not this one.
with supplies as (
    select *
    from {{ ref('supplies') }}
    where not _deleted
),

sku as (
    select
        sku,
        product_name
    from {{ ref('products') }}
    where not _deleted
)

select
    supplies.supply_id,
    supplies.sku,
    sku.product_name,
    supplies.supply_name,
    supplies.cost,
    supplies.is_perishable,
    supplies.updated_at,
    supplies._loaded_at,
    supplies._quality_issues,
    supplies._quality_score
from supplies
left join sku
    on supplies.sku = sku.sku
