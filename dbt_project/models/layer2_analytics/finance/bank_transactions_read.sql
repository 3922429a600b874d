{{ config(materialized='view') }}

-- One row per account_iban and bank_reference: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/bank_transactions.json: edit that file, not this one.
select
    account_iban,
    bank_reference,
    amount,
    currency,
    {{ target.schema }}.tokenize(counterparty_iban::text) as counterparty_iban,
    left(remittance_text::text, (length(remittance_text::text) > 3)::int) || '***' as remittance_text,
    matched_invoice_number,
    booked_on,
    value_on,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('bank_transactions') }}
where not _deleted
