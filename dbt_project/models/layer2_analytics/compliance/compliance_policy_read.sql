{{ config(materialized='view') }}

-- One row per policy_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/compliance/compliance_policy.json: edit that file, not this one.
with compliance_policy as (
    select *
    from {{ ref('compliance_policy') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
    where not _deleted
),

framework_code as (
    select
        framework_code,
        framework_name
    from {{ ref('compliance_framework') }}
    where not _deleted
)

select
    compliance_policy.policy_id,
    compliance_policy.tenant_id,
    tenant.name as tenant_name,
    compliance_policy.title,
    compliance_policy.area,
    compliance_policy.framework_code,
    framework_code.framework_name as framework_code_framework_name,
    compliance_policy.status,
    compliance_policy.owner_user_id,
    compliance_policy.effective_from,
    compliance_policy.review_due_on,
    compliance_policy.updated_at,
    compliance_policy._loaded_at,
    compliance_policy._quality_issues,
    compliance_policy._quality_score
from compliance_policy
left join tenant
    on compliance_policy.tenant_id = tenant.id
left join framework_code
    on compliance_policy.framework_code = framework_code.framework_code
