{{ config(materialized='view') }}

-- One row per request_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/compliance/subject_request.json: edit that file, not this one.
with subject_request as (
    select *
    from {{ ref('subject_request') }}
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
    subject_request.request_id,
    subject_request.tenant_id,
    tenant.name as tenant_name,
    {{ target.schema }}.tokenize(subject_request.subject_email::text) as subject_email,
    subject_request.contact_id,
    subject_request.right_asked,
    subject_request.status,
    subject_request.received_on,
    subject_request.due_on,
    subject_request.answered_on,
    subject_request.is_on_time,
    subject_request.updated_at,
    subject_request._loaded_at,
    subject_request._quality_issues,
    subject_request._quality_score
from subject_request
left join tenant
    on subject_request.tenant_id = tenant.id
