{{ config(materialized='view') }}

-- One row per assessment_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/compliance/control_assessment.json: edit that file, not this one.
with control_assessment as (
    select *
    from {{ ref('control_assessment') }}
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
    control_assessment.assessment_id,
    control_assessment.assessed_at,
    control_assessment.tenant_id,
    control_assessment.control_id,
    control.title as control_title,
    control_assessment.assessor_kind,
    control_assessment.result,
    control_assessment.sample_size,
    control_assessment.exception_count,
    control_assessment.evidence_ref,
    control_assessment._loaded_at,
    control_assessment._quality_issues,
    control_assessment._quality_score
from control_assessment
left join control
    on
        control_assessment.control_id = control.control_id
        and control_assessment.tenant_id = control.tenant_id
