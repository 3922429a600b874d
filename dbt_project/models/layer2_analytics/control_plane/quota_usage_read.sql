{{ config(materialized='view') }}

-- One row per quota_id and measured_at: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/control_plane/quota_usage.json: edit that file, not this one.
select
    quota_id,
    measured_at,
    tenant_id,
    used_value,
    limit_value,
    refused_count,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('quota_usage') }}
where not _deleted
