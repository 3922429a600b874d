{{ config(materialized='view') }}

-- One row per event_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/tracking_events.json: edit that file, not this one.
with tracking_events as (
    select *
    from {{ ref('tracking_events') }}
    where not _deleted
),

site_code as (
    select
        site_code,
        site_name
    from {{ ref('logistics_sites') }}
    where not _deleted
)

select
    tracking_events.event_id,
    tracking_events.shipment_id,
    tracking_events.event_type,
    tracking_events.site_code,
    site_code.site_name,
    tracking_events.delay_minutes,
    tracking_events.occurred_at,
    tracking_events._loaded_at,
    tracking_events._quality_issues,
    tracking_events._quality_score
from tracking_events
left join site_code
    on tracking_events.site_code = site_code.site_code
