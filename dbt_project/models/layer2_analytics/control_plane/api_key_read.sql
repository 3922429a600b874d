{{ config(materialized='view') }}

-- One row per key_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/control_plane/api_key.json: edit that file, not this one.
with api_key as (
    select *
    from {{ ref('api_key') }}
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
    api_key.key_id,
    api_key.tenant_id,
    tenant.name as tenant_name,
    api_key.created_by_id,
    api_key.name,
    api_key.key_prefix,
    api_key.scopes,
    api_key.created_at,
    api_key.expires_at,
    api_key.revoked_at,
    api_key.last_used_at,
    api_key.updated_at,
    api_key._loaded_at,
    api_key._quality_issues,
    api_key._quality_score
from api_key
left join tenant
    on api_key.tenant_id = tenant.id
