{{ config(materialized='view') }}

-- One row per quota_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/control_plane/quota.json: edit that file, not this one.
with quota as (
    select *
    from {{ ref('quota') }}
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
    quota.quota_id,
    quota.tenant_id,
    tenant.name as tenant_name,
    quota.resource,
    quota.limit_value,
    quota.is_hard,
    quota.raised_by_id,
    quota.valid_until,
    quota.updated_at,
    quota._loaded_at,
    quota._quality_issues,
    quota._quality_score
from quota
left join tenant
    on quota.tenant_id = tenant.id
