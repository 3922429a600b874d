{{ config(materialized='view') }}

-- One row per change_set_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/marketplace_change_set.json: edit that file, not this one.
with marketplace_change_set as (
    select *
    from {{ ref('marketplace_change_set') }}
    where not _deleted
),

product as (
    select
        entity_id,
        tenant_id,
        title
    from {{ ref('marketplace_product') }}
    where not _deleted
)

select
    marketplace_change_set.tenant_id,
    marketplace_change_set.change_set_id,
    marketplace_change_set.change_set_name,
    marketplace_change_set.status,
    marketplace_change_set.product_id,
    product.title as product_title,
    marketplace_change_set.change_types,
    marketplace_change_set.failure_code,
    marketplace_change_set.started_at,
    marketplace_change_set.ended_at,
    marketplace_change_set.last_seen_at,
    marketplace_change_set._loaded_at,
    marketplace_change_set._quality_issues,
    marketplace_change_set._quality_score
from marketplace_change_set
left join product
    on
        marketplace_change_set.product_id = product.entity_id
        and marketplace_change_set.tenant_id = product.tenant_id
