{{ config(materialized='view') }}

-- One row per supplier_id and invoice_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/supplier_invoices.json: edit that file, not this one.
with supplier_invoices as (
    select *
    from {{ ref('supplier_invoices') }}
    where not _deleted
),

supplier as (
    select
        supplier_id,
        supplier_name
    from {{ ref('suppliers') }}
    where not _deleted
)

select
    supplier_invoices.supplier_id,
    supplier.supplier_name,
    supplier_invoices.invoice_number,
    supplier_invoices.purchase_order_id,
    supplier_invoices.net_amount,
    supplier_invoices.tax_amount,
    supplier_invoices.gross_amount,
    supplier_invoices.currency,
    supplier_invoices.match_status,
    supplier_invoices.invoiced_on,
    supplier_invoices.due_on,
    supplier_invoices.paid_on,
    supplier_invoices.is_paid_late,
    supplier_invoices.updated_at,
    supplier_invoices._loaded_at,
    supplier_invoices._quality_issues,
    supplier_invoices._quality_score
from supplier_invoices
left join supplier
    on supplier_invoices.supplier_id = supplier.supplier_id
