{{ config(materialized='view') }}

-- One row per contract_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/supplier_contracts.json: edit that file, not this one.
select
    contract_id,
    supplier_id,
    title,
    status,
    starts_on,
    ends_on,
    committed_spend,
    currency,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('supplier_contracts') }}
where not _deleted
