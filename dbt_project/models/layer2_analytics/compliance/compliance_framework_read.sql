{{ config(materialized='view') }}

-- One row per framework_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/compliance/compliance_framework.json: edit that file, not this one.
select
    framework_code,
    framework_name,
    issuer,
    is_law,
    in_force_from,
    superseded_by,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('compliance_framework') }}
where not _deleted
