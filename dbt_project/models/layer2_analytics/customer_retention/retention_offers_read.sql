{{ config(materialized='view') }}

-- One row per offer_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/retention_offers.json: edit that file, not this one.
select
    offer_id,
    customer_id,
    promotion_code,
    channel,
    response,
    is_control,
    came_back_at,
    offered_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('retention_offers') }}
where not _deleted
