{{ config(materialized='view') }}

-- One row per customer_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/segment_memberships.json: edit that file, not this one.
select
    customer_id,
    segment_code,
    previous_segment_code,
    assigned_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('segment_memberships') }}
where not _deleted
