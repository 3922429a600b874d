{{ config(materialized='view') }}

-- One row per grant_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/control_plane/role_grant.json: edit that file, not this one.
select
    grant_id,
    tenant_id,
    user_id,
    role,
    granted_by_id,
    granted_at,
    revoked_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('role_grant') }}
where not _deleted
