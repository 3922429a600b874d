{{ config(materialized='view') }}

-- One row per hold_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/compliance/legal_hold.json: edit that file, not this one.
with legal_hold as (
    select *
    from {{ ref('legal_hold') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
    where not _deleted
)

select
    legal_hold.hold_id,
    legal_hold.tenant_id,
    tenant.name as tenant_name,
    legal_hold.matter,
    legal_hold.scope_table,
    legal_hold.scope_from,
    legal_hold.scope_to,
    legal_hold.status,
    legal_hold.placed_at,
    legal_hold.placed_by_id,
    legal_hold.released_at,
    legal_hold.release_approval_id,
    legal_hold.updated_at,
    legal_hold._loaded_at,
    legal_hold._quality_issues,
    legal_hold._quality_score
from legal_hold
left join tenant
    on legal_hold.tenant_id = tenant.id
