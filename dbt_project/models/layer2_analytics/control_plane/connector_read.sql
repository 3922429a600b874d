{{ config(materialized='view') }}

-- One row per id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/control_plane/connector.json: edit that file, not this one.
with connector as (
    select *
    from {{ ref('connector') }}
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
    connector.id,
    connector.tenant_id,
    tenant.name as tenant_name,
    connector.name,
    connector.kind,
    connector.config_json,
    connector.status,
    connector.schedule,
    connector.created_at,
    connector.updated_at,
    connector._loaded_at,
    connector._quality_issues,
    connector._quality_score
from connector
left join tenant
    on connector.tenant_id = tenant.id
