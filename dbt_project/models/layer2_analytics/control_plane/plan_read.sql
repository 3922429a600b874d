{{ config(materialized='view') }}

-- One row per plan: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/control_plane/plan.json: edit that file, not this one.
select
    plan,
    display_name,
    price_usd_month,
    included_users,
    included_connectors,
    retention_days,
    is_sold,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('plan') }}
where not _deleted
