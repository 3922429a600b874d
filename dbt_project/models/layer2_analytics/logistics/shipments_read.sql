{{ config(materialized='view') }}

-- One row per shipment_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/shipments.json: edit that file, not this one.
select
    shipment_id,
    waybill_number,
    carrier_code,
    origin_site_code,
    destination_site_code,
    lane_id,
    order_id,
    status,
    gross_weight_kg,
    created_at,
    promised_at,
    departed_at,
    delivered_at,
    is_on_time,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('shipments') }}
where not _deleted
