{{ config(materialized='view') }}

-- One row per action_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/compliance/compliance_action.json: edit that file, not this one.
select
    action_id,
    tenant_id,
    violation_id,
    title,
    assignee_id,
    status,
    due_on,
    completed_on,
    is_late,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('compliance_action') }}
where not _deleted
