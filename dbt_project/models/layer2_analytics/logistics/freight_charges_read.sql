{{ config(materialized='view') }}

-- One row per charge_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/freight_charges.json: edit that file, not this one.
with freight_charges as (
    select *
    from {{ ref('freight_charges') }}
    where not _deleted
),

carrier_code as (
    select
        carrier_code,
        carrier_name
    from {{ ref('carriers') }}
    where not _deleted
)

select
    freight_charges.charge_id,
    freight_charges.shipment_id,
    freight_charges.carrier_code,
    carrier_code.carrier_name,
    freight_charges.charge_type,
    freight_charges.amount,
    freight_charges.currency,
    freight_charges.is_disputed,
    freight_charges.charged_on,
    freight_charges.updated_at,
    freight_charges._loaded_at,
    freight_charges._quality_issues,
    freight_charges._quality_score
from freight_charges
left join carrier_code
    on freight_charges.carrier_code = carrier_code.carrier_code
