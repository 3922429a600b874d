{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['supplier_id', 'invoice_number', 'invoiced_on'],
        full_refresh=false,
        pre_hook="{{ lock_batch('supplier_invoices') }}",
        post_hook="{{ close_batch('supplier_invoices', ref('stg_procurement__supplier_invoices'), ref('rejected_supplier_invoices')) }}",
    )
}}

-- One row per supplier_id and invoice_number: the newest record known. Closes the batch.
-- Generated from definitions/object_models/procurement/supplier_invoices.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_supplier_invoices') }}
with accepted as (
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
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by supplier_id, invoice_number
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_procurement__supplier_invoices') }}
    where _errors = '{}' and {{ in_open_batch('supplier_invoices') }}
),

known as (
    select distinct on (supplier_id, invoice_number)
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
        _deleted
    from (
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
            _loaded_at
        from {{ this }}
        where (supplier_id, invoice_number) in (
            select
                accepted.supplier_id,
                accepted.invoice_number
            from accepted
        )
        union all
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
            _loaded_at
        from {{ cold_rows('supplier_invoices') }} as cold
        where (supplier_id, invoice_number) in (
            select
                accepted.supplier_id,
                accepted.invoice_number
            from accepted
        )
    ) as standing
    order by supplier_id, invoice_number, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.supplier_id = known.supplier_id
            and accepted.invoice_number = known.invoice_number
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.supplier_id,
        earlier.invoice_number,
        earlier.purchase_order_id,
        earlier.net_amount,
        earlier.tax_amount,
        earlier.gross_amount,
        earlier.currency,
        earlier.match_status,
        earlier.invoiced_on,
        earlier.due_on,
        earlier.paid_on,
        earlier.is_paid_late,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on
            newest.supplier_id = earlier.supplier_id
            and newest.invoice_number = earlier.invoice_number
    where earlier.invoiced_on <> newest.invoiced_on and not earlier._deleted
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
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
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
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
