{{ config(materialized='view') }}

-- One row per event_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/control_plane/audit_event.json: edit that file, not this one.
with audit_event as (
    select *
    from {{ ref('audit_event') }}
    where not _deleted
),

actor_key as (
    select
        key_id,
        tenant_id,
        name
    from {{ ref('api_key') }}
    where not _deleted
)

select
    audit_event.event_id,
    audit_event.occurred_at,
    audit_event.tenant_id,
    audit_event.actor_user_id,
    audit_event.actor_key_id,
    actor_key.name as actor_key_name,
    audit_event.action,
    audit_event.target_kind,
    audit_event.target_id,
    audit_event.outcome,
    {{ target.schema }}.tokenize(audit_event.source_ip::text) as source_ip,
    audit_event.request_id,
    audit_event._loaded_at,
    audit_event._quality_issues,
    audit_event._quality_score
from audit_event
left join actor_key
    on
        audit_event.actor_key_id = actor_key.key_id
        and audit_event.tenant_id = actor_key.tenant_id
