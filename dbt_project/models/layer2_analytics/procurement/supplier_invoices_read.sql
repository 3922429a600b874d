{{ config(materialized='view') }}

-- One row per supplier_id and invoice_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/supplier_invoices.json: edit that file, not this one.
select
    supplier_id,
    invoice_number,
    purchase_order_id,
    net_amount,
    tax_amount,
    gross_amount,
    currency,
    match_status,
    invoiced_on,
    due_on,
    paid_on,
    is_paid_late,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('supplier_invoices') }}
where not _deleted
