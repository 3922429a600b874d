{{ config(materialized='view') }}

-- One row per price_list_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/price_lists.json: edit that file, not this one.
select
    price_list_code,
    price_list_name,
    channel,
    currency,
    includes_tax,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('price_lists') }}
where not _deleted
