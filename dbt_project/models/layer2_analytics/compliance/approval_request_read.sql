{{ config(materialized='view') }}

-- One row per approval_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/compliance/approval_request.json: edit that file, not this one.
with approval_request as (
    select *
    from {{ ref('approval_request') }}
    where not _deleted
),

policy as (
    select
        policy_id,
        tenant_id,
        title
    from {{ ref('compliance_policy') }}
    where not _deleted
)

select
    approval_request.approval_id,
    approval_request.tenant_id,
    approval_request.policy_id,
    policy.title as policy_title,
    approval_request.subject_kind,
    approval_request.subject_id,
    approval_request.requested_by_id,
    approval_request.decided_by_id,
    approval_request.decision,
    approval_request.requested_at,
    approval_request.decided_at,
    approval_request.updated_at,
    approval_request._loaded_at,
    approval_request._quality_issues,
    approval_request._quality_score
from approval_request
left join policy
    on
        approval_request.policy_id = policy.policy_id
        and approval_request.tenant_id = policy.tenant_id
