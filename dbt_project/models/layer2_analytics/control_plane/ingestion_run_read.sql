{{ config(materialized='view') }}

-- One row per id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/control_plane/ingestion_run.json: edit that file, not this one.
with ingestion_run as (
    select *
    from {{ ref('ingestion_run') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
    where not _deleted
),

connector as (
    select
        id,
        tenant_id,
        name
    from {{ ref('connector') }}
    where not _deleted
)

select
    ingestion_run.id,
    ingestion_run.tenant_id,
    tenant.name as tenant_name,
    ingestion_run.connector_id,
    connector.name as connector_name,
    ingestion_run.entity,
    ingestion_run.mode,
    ingestion_run.status,
    ingestion_run.stats_json,
    ingestion_run.records_landed,
    ingestion_run.records_refused,
    ingestion_run.started_at,
    ingestion_run.finished_at,
    ingestion_run.updated_at,
    ingestion_run._loaded_at,
    ingestion_run._quality_issues,
    ingestion_run._quality_score
from ingestion_run
left join tenant
    on ingestion_run.tenant_id = tenant.id
left join connector
    on
        ingestion_run.connector_id = connector.id
        and ingestion_run.tenant_id = connector.tenant_id
