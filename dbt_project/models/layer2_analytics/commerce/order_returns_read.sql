{{ config(materialized='view') }}

-- One row per return_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/order_returns.json: edit that file, not this one.
select
    return_id,
    order_id,
    sku,
    reason,
    decision,
    decided_in_minutes,
    requested_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('order_returns') }}
where not _deleted
