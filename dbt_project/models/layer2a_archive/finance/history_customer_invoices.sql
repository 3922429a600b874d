{{ config(materialized='view') }}

-- One row per invoice_number: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/finance/customer_invoices.json: edit that file, not this one.
-- depends_on: {{ ref('customer_invoices') }}
with everything as (
    select
        coalesce(
            invoice_number,
            {{ sql_error('archived rows of customer_invoices have no invoice_number; if it was renamed, state renamed_from in the definition') }}
        ) as invoice_number,
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
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_customer_invoices') }}
    union all
    {% if target.type == 'spark' %}
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
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('customer_invoices', 'hot') }} as hot
    {% else %}
    select
        cast(invoice_number as varchar) as invoice_number,
        cast(customer_id as uuid) as customer_id,
        cast(order_id as uuid) as order_id,
        cast(net_amount as decimal(16, 2)) as net_amount,
        cast(tax_amount as decimal(16, 2)) as tax_amount,
        cast(open_amount as decimal(16, 2)) as open_amount,
        cast(currency as varchar) as currency,
        cast(invoiced_on as date) as invoiced_on,
        cast(due_on as date) as due_on,
        cast(settled_on as date) as settled_on,
        cast(days_to_pay as integer) as days_to_pay,
        cast(updated_at as timestamptz) as updated_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('customer_invoices') }}
    {% endif %}
),

ranked as (
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
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by invoice_number
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
    and {{ archive_is_current('customer_invoices') }}
