{{ config(materialized='view') }}

-- One row per segment_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/customer_segments.json: edit that file, not this one.
select
    segment_code,
    segment_name,
    rule,
    priority,
    is_at_risk,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('customer_segments') }}
where not _deleted
