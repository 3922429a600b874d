{{ config(materialized='view') }}

-- One row per shipment_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/shipments.json: edit that file, not this one.
with shipments as (
    select *
    from {{ ref('shipments') }}
    where not _deleted
),

carrier_code as (
    select
        carrier_code,
        carrier_name
    from {{ ref('carriers') }}
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
    shipments.shipment_id,
    shipments.waybill_number,
    shipments.carrier_code,
    carrier_code.carrier_name,
    shipments.origin_site_code,
    origin_site_code.site_name as origin_site_name,
    shipments.destination_site_code,
    destination_site_code.site_name as destination_site_name,
    shipments.lane_id,
    shipments.order_id,
    shipments.status,
    shipments.gross_weight_kg,
    shipments.created_at,
    shipments.promised_at,
    shipments.departed_at,
    shipments.delivered_at,
    shipments.is_on_time,
    shipments.updated_at,
    shipments._loaded_at,
    shipments._quality_issues,
    shipments._quality_score
from shipments
left join carrier_code
    on shipments.carrier_code = carrier_code.carrier_code
left join origin_site_code
    on shipments.origin_site_code = origin_site_code.site_code
left join destination_site_code
    on shipments.destination_site_code = destination_site_code.site_code
