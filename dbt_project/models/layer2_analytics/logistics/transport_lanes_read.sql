{{ config(materialized='view') }}

-- One row per lane_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/transport_lanes.json: edit that file, not this one.
select
    lane_id,
    origin_site_code,
    destination_site_code,
    transport_mode,
    distance_km,
    planned_transit_hours,
    planned_cost_per_kg,
    currency,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('transport_lanes') }}
where not _deleted
