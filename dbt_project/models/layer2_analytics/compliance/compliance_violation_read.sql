{{ config(materialized='view') }}

-- One row per violation_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/compliance/compliance_violation.json: edit that file, not this one.
with compliance_violation as (
    select *
    from {{ ref('compliance_violation') }}
    where not _deleted
),

policy as (
    select
        policy_id,
        tenant_id,
        title
    from {{ ref('compliance_policy') }}
    where not _deleted
),

control as (
    select
        control_id,
        tenant_id,
        title
    from {{ ref('compliance_control') }}
    where not _deleted
)

select
    compliance_violation.violation_id,
    compliance_violation.tenant_id,
    compliance_violation.policy_id,
    policy.title as policy_title,
    compliance_violation.control_id,
    control.title as control_title,
    compliance_violation.severity,
    compliance_violation.status,
    compliance_violation.affects_personal_data,
    compliance_violation.detected_at,
    compliance_violation.reported_at,
    compliance_violation.resolved_at,
    compliance_violation.updated_at,
    compliance_violation._loaded_at,
    compliance_violation._quality_issues,
    compliance_violation._quality_score
from compliance_violation
left join policy
    on
        compliance_violation.policy_id = policy.policy_id
        and compliance_violation.tenant_id = policy.tenant_id
left join control
    on
        compliance_violation.control_id = control.control_id
        and compliance_violation.tenant_id = control.tenant_id
