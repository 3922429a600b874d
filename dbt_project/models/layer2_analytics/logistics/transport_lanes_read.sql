{{ config(materialized='view') }}

-- One row per lane_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/transport_lanes.json: edit that file, not this one.
with transport_lanes as (
    select *
    from {{ ref('transport_lanes') }}
    where not _deleted
),

origin_site_code as (
    select
        site_code,
        site_name
    from {{ ref('logistics_sites') }}
    where not _deleted
),

destination_site_code as (
    select
        site_code,
        site_name
    from {{ ref('logistics_sites') }}
    where not _deleted
)

select
    transport_lanes.lane_id,
    transport_lanes.origin_site_code,
    origin_site_code.site_name as origin_site_name,
    transport_lanes.destination_site_code,
    destination_site_code.site_name as destination_site_name,
    transport_lanes.transport_mode,
    transport_lanes.distance_km,
    transport_lanes.planned_transit_hours,
    transport_lanes.planned_cost_per_kg,
    transport_lanes.currency,
    transport_lanes.updated_at,
    transport_lanes._loaded_at,
    transport_lanes._quality_issues,
    transport_lanes._quality_score
from transport_lanes
left join origin_site_code
    on transport_lanes.origin_site_code = origin_site_code.site_code
left join destination_site_code
    on transport_lanes.destination_site_code = destination_site_code.site_code
