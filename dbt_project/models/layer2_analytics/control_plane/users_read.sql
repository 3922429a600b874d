{{ config(materialized='view') }}

-- One row per id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/control_plane/users.json: edit that file, not this one.
with users as (
    select *
    from {{ ref('users') }}
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
    users.id,
    users.tenant_id,
    tenant.name as tenant_name,
    {{ target.schema }}.tokenize(users.email::text) as email,
    left(users.display_name::text, (length(users.display_name::text) > 3)::int) || '***' as display_name,
    users.status,
    users.is_service_account,
    users.mfa_enabled,
    users.created_at,
    users.last_sign_in_at,
    users.updated_at,
    users._loaded_at,
    users._quality_issues,
    users._quality_score
from users
left join tenant
    on users.tenant_id = tenant.id
