{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['invoice_number', 'invoiced_on'],
        full_refresh=false,
        pre_hook="{{ lock_batch('customer_invoices') }}",
        post_hook="{{ close_batch('customer_invoices', ref('stg_finance__customer_invoices'), ref('rejected_customer_invoices')) }}",
    )
}}

-- One row per invoice_number: the newest record known. Closes the batch.
-- Generated from definitions/object_models/finance/customer_invoices.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_customer_invoices') }}
with accepted as (
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
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by invoice_number
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_finance__customer_invoices') }}
    where _errors = '{}' and {{ in_open_batch('customer_invoices') }}
),

known as (
    select distinct on (invoice_number)
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
        _deleted
    from (
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
            _loaded_at
        from {{ this }}
        where (invoice_number) in (
            select accepted.invoice_number
            from accepted
        )
        union all
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
            _loaded_at
        from {{ cold_rows('customer_invoices') }} as cold
        where (invoice_number) in (
            select accepted.invoice_number
            from accepted
        )
    ) as standing
    order by invoice_number, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.invoice_number = known.invoice_number
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
        earlier.invoice_number,
        earlier.customer_id,
        earlier.order_id,
        earlier.net_amount,
        earlier.tax_amount,
        earlier.open_amount,
        earlier.currency,
        earlier.invoiced_on,
        earlier.due_on,
        earlier.settled_on,
        earlier.days_to_pay,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.invoice_number = earlier.invoice_number
    where earlier.invoiced_on <> newest.invoiced_on and not earlier._deleted
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
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
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
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
