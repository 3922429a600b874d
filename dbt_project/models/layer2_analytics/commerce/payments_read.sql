{{ config(materialized='view') }}

-- One row per payment_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/payments.json: edit that file, not this one.
select
    payment_id,
    order_id,
    method,
    status,
    amount,
    currency,
    provider_fee,
    left(card_last4::text, (length(card_last4::text) > 3)::int) || '***' as card_last4,
    decline_reason,
    paid_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('payments') }}
where not _deleted
