{{ config(materialized='view') }}

-- One row per cost_center_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/cost_centers.json: edit that file, not this one.
select
    cost_center_code,
    cost_center_name,
    parent_code,
    {{ target.schema }}.tokenize(responsible_name::text) as responsible_name,
    is_active,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('cost_centers') }}
where not _deleted
