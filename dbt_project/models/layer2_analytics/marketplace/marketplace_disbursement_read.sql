{{ config(materialized='view') }}

-- One row per disbursement_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/marketplace_disbursement.json: edit that file, not this one.
select
    tenant_id,
    disbursement_id,
    bank_trace_id,
    amount,
    currency,
    status,
    bank_account_last4,
    paid_on,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('marketplace_disbursement') }}
where not _deleted
