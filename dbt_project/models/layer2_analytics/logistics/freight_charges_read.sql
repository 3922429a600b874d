{{ config(materialized='view') }}

-- One row per charge_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/freight_charges.json: edit that file, not this one.
select
    charge_id,
    shipment_id,
    carrier_code,
    charge_type,
    amount,
    currency,
    is_disputed,
    charged_on,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('freight_charges') }}
where not _deleted
