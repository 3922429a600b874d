{{ config(materialized='view') }}

-- One row per row of customer_invoices that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/finance/customer_invoices.json: edit that file, not this one.
-- depends_on: {{ ref('customer_invoices') }}
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
from {{ handed_over('customer_invoices', 'cold') }} as files
where {{ handover_is_current('customer_invoices') }}
{% else %}
{% set archived = archived_files('customer_invoices', times=['invoiced_on']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as varchar) as invoice_number,
    cast(case when guard.is_current then null end as uuid) as customer_id,
    cast(case when guard.is_current then null end as uuid) as order_id,
    cast(case when guard.is_current then null end as decimal(16, 2)) as net_amount,
    cast(case when guard.is_current then null end as decimal(16, 2)) as tax_amount,
    cast(case when guard.is_current then null end as decimal(16, 2)) as open_amount,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as date) as invoiced_on,
    cast(case when guard.is_current then null end as date) as due_on,
    cast(case when guard.is_current then null end as date) as settled_on,
    cast(case when guard.is_current then null end as integer) as days_to_pay,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('customer_invoices', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
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
from (
    {%- call archived_rows(archived, 'invoiced_on', 'timestamp') %}
        'invoice_number': {name: 'invoice_number', type: 'VARCHAR', default_value: null},
        'customer_id': {name: 'customer_id', type: 'UUID', default_value: null},
        'order_id': {name: 'order_id', type: 'UUID', default_value: null},
        'net_amount': {name: 'net_amount', type: 'DECIMAL(16,2)', default_value: null},
        'tax_amount': {name: 'tax_amount', type: 'DECIMAL(16,2)', default_value: null},
        'open_amount': {name: 'open_amount', type: 'DECIMAL(16,2)', default_value: null},
        'currency': {name: 'currency', type: 'VARCHAR', default_value: null},
        'invoiced_on': {name: 'invoiced_on', type: 'DATE', default_value: null},
        'due_on': {name: 'due_on', type: 'DATE', default_value: null},
        'settled_on': {name: 'settled_on', type: 'DATE', default_value: null},
        'days_to_pay': {name: 'days_to_pay', type: 'INTEGER', default_value: null},
        'updated_at': {name: 'updated_at', type: 'TIMESTAMPTZ', default_value: null},
        '_raw_seq': {name: '_raw_seq', type: 'BIGINT', default_value: null},
        '_source_order': {name: '_source_order', type: 'BIGINT', default_value: null},
        '_deleted': {name: '_deleted', type: 'BOOLEAN', default_value: null},
        '_batch_id': {name: '_batch_id', type: 'BIGINT', default_value: null},
        '_loaded_at': {name: '_loaded_at', type: 'TIMESTAMPTZ', default_value: null},
        '_definition_version': {name: '_definition_version', type: 'INTEGER', default_value: null},
        '_quality_issues': {name: '_quality_issues', type: 'VARCHAR', default_value: null},
        '_quality_score': {name: '_quality_score', type: 'DECIMAL(3,2)', default_value: null}
    {%- endcall %}
) as files
where {{ is_current('customer_invoices', archived.revision) }}
{% endif %}
{% endif %}
