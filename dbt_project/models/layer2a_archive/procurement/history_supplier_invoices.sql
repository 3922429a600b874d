{{ config(materialized='view') }}

-- One row per supplier_id and invoice_number: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/procurement/supplier_invoices.json: edit that file, not this one.
-- depends_on: {{ ref('supplier_invoices') }}
with everything as (
    select
        coalesce(
            supplier_id,
            {{ sql_error('archived rows of supplier_invoices have no supplier_id; if it was renamed, state renamed_from in the definition') }}
        ) as supplier_id,
        coalesce(
            invoice_number,
            {{ sql_error('archived rows of supplier_invoices have no invoice_number; if it was renamed, state renamed_from in the definition') }}
        ) as invoice_number,
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
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_supplier_invoices') }}
    union all
    {% if target.type == 'spark' %}
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
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('supplier_invoices', 'hot') }} as hot
    {% else %}
    select
        cast(supplier_id as varchar) as supplier_id,
        cast(invoice_number as varchar) as invoice_number,
        cast(purchase_order_id as varchar) as purchase_order_id,
        cast(net_amount as decimal(16, 2)) as net_amount,
        cast(tax_amount as decimal(16, 2)) as tax_amount,
        cast(gross_amount as decimal(16, 2)) as gross_amount,
        cast(currency as varchar) as currency,
        cast(match_status as varchar) as match_status,
        cast(invoiced_on as date) as invoiced_on,
        cast(due_on as date) as due_on,
        cast(paid_on as date) as paid_on,
        cast(is_paid_late as boolean) as is_paid_late,
        cast(updated_at as timestamptz) as updated_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('supplier_invoices') }}
    {% endif %}
),

ranked as (
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
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by supplier_id, invoice_number
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('supplier_invoices') }}
