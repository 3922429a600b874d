{{ config(materialized='view') }}

-- One row per carrier_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/carriers.json: edit that file, not this one.
select
    carrier_code,
    carrier_name,
    transport_mode,
    is_active,
    contract_until,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('carriers') }}
where not _deleted
