{{ config(materialized='view') }}

-- One row per control_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/compliance/compliance_control.json: edit that file, not this one.
with compliance_control as (
    select *
    from {{ ref('compliance_control') }}
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
    compliance_control.control_id,
    compliance_control.tenant_id,
    compliance_control.policy_id,
    policy.title as policy_title,
    compliance_control.title,
    compliance_control.control_kind,
    compliance_control.is_automated,
    compliance_control.frequency,
    compliance_control.status,
    compliance_control.updated_at,
    compliance_control._loaded_at,
    compliance_control._quality_issues,
    compliance_control._quality_score
from compliance_control
left join policy
    on
        compliance_control.policy_id = policy.policy_id
        and compliance_control.tenant_id = policy.tenant_id
