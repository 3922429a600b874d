{{ config(materialized='view') }}

-- One row per invoice_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/customer_invoices.json: edit that file, not this one.
select
    invoice_number,
    customer_id,
    order_id,
    net_amount,
    tax_amount,
    open_amount,
    currency,
    invoiced_on,
    due_on,
    settled_on,
    days_to_pay,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('customer_invoices') }}
where not _deleted
