{{ config(materialized='view') }}

-- One row per invoice_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/customer_invoices.json: edit that file, not this one.
with customer_invoices as (
    select *
    from {{ ref('customer_invoices') }}
    where not _deleted
),

customer as (
    select
        customer_id,
        customer_name
    from {{ ref('customers') }}
    where not _deleted
)

select
    customer_invoices.invoice_number,
    customer_invoices.customer_id,
    customer.customer_name,
    customer_invoices.order_id,
    customer_invoices.net_amount,
    customer_invoices.tax_amount,
    customer_invoices.open_amount,
    customer_invoices.currency,
    customer_invoices.invoiced_on,
    customer_invoices.due_on,
    customer_invoices.settled_on,
    customer_invoices.days_to_pay,
    customer_invoices.updated_at,
    customer_invoices._loaded_at,
    customer_invoices._quality_issues,
    customer_invoices._quality_score
from customer_invoices
left join customer
    on customer_invoices.customer_id = customer.customer_id
