{{ config(materialized='view') }}

-- One row per refund_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/refunds.json: edit that file, not this one.
select
    refund_id,
    payment_id,
    return_id,
    amount,
    currency,
    status,
    refunded_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('refunds') }}
where not _deleted
