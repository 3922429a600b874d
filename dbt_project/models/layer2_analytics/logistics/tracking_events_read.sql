{{ config(materialized='view') }}

-- One row per event_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/tracking_events.json: edit that file, not this one.
select
    event_id,
    shipment_id,
    event_type,
    site_code,
    delay_minutes,
    occurred_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('tracking_events') }}
where not _deleted
