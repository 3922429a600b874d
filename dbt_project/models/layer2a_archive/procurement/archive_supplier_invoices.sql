{{ config(materialized='view') }}

-- One row per row of supplier_invoices that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/procurement/supplier_invoices.json: edit that file, not this one.
-- depends_on: {{ ref('supplier_invoices') }}
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
from {{ handed_over('supplier_invoices', 'cold') }} as files
where {{ handover_is_current('supplier_invoices') }}
{% else %}
{% set archived = archived_files('supplier_invoices') %}
{% if archived.paths %}
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
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::varchar as supplier_id,
        null::varchar as invoice_number,
        null::varchar as purchase_order_id,
        null::decimal(16, 2) as net_amount,
        null::decimal(16, 2) as tax_amount,
        null::decimal(16, 2) as gross_amount,
        null::varchar as currency,
        null::varchar as match_status,
        null::date as invoiced_on,
        null::date as due_on,
        null::date as paid_on,
        null::boolean as is_paid_late,
        null::timestamptz as updated_at,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('supplier_invoices', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as supplier_id,
    cast(case when guard.is_current then null end as varchar) as invoice_number,
    cast(case when guard.is_current then null end as varchar) as purchase_order_id,
    cast(case when guard.is_current then null end as decimal(16, 2)) as net_amount,
    cast(case when guard.is_current then null end as decimal(16, 2)) as tax_amount,
    cast(case when guard.is_current then null end as decimal(16, 2)) as gross_amount,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as varchar) as match_status,
    cast(case when guard.is_current then null end as date) as invoiced_on,
    cast(case when guard.is_current then null end as date) as due_on,
    cast(case when guard.is_current then null end as date) as paid_on,
    cast(case when guard.is_current then null end as boolean) as is_paid_late,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('supplier_invoices', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}
