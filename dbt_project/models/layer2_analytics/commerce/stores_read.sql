{{ config(materialized='view') }}

-- One row per store_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/stores.json: edit that file, not this one.
select
    store_id,
    store_name,
    opened_at,
    tax_rate,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('stores') }}
where not _deleted
