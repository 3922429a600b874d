-- One row per claimed raw record of supplier_invoices, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/procurement/supplier_invoices.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('procurement', 'source_supplier_invoices') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _payload,
        _payload ->> 'vendor_no' as supplier_id,
        _payload ->> 'number' as invoice_number,
        _payload ->> 'po_no' as purchase_order_id,
        nullif(_payload #>> '{amount, net}', '') as net_amount,
        nullif(_payload #>> '{amount, tax}', '') as tax_amount,
        _payload #>> '{amount, currency}' as currency,
        _payload ->> 'match' as match_status,
        nullif(_payload ->> 'date', '') as invoiced_on,
        nullif(_payload ->> 'due', '') as due_on,
        nullif(_payload ->> 'paid', '') as paid_on,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.supplier_id,
        typed.invoice_number,
        typed.purchase_order_id,
        typed.net_amount,
        typed.tax_amount,
        typed.currency,
        typed.match_status,
        typed.invoiced_on,
        typed.due_on,
        typed.paid_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('supplier_id', 'varchar(16)', required=true) }},
                {{ cast_fault('invoice_number', 'varchar(35)', required=true) }},
                {{ cast_fault('purchase_order_id', 'varchar(16)') }},
                {{ cast_fault('net_amount', 'numeric(16,2)', required=true) }},
                {{ cast_fault('tax_amount', 'numeric(16,2)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('match_status', 'varchar(12)', required=true) }},
                {{ cast_fault('invoiced_on', 'date', required=true) }},
                {{ cast_fault('due_on', 'date', required=true) }},
                {{ cast_fault('paid_on', 'date') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.supplier_id', 'varchar(16)') }} as supplier_id,
            {{ cast_or_null('sent.invoice_number', 'varchar(35)') }} as invoice_number,
            {{ cast_or_null('sent.purchase_order_id', 'varchar(16)') }} as purchase_order_id,
            {{ cast_or_null('sent.net_amount', 'numeric(16,2)') }} as net_amount,
            {{ cast_or_null('sent.tax_amount', 'numeric(16,2)') }} as tax_amount,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.match_status', 'varchar(12)') }} as match_status,
            {{ cast_or_null('sent.invoiced_on', 'date') }} as invoiced_on,
            {{ cast_or_null('sent.due_on', 'date') }} as due_on,
            {{ cast_or_null('sent.paid_on', 'date') }} as paid_on,
            {{ cast_or_null('sent.updated_at', 'timestamptz') }} as updated_at
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed.supplier_id,
        typed.invoice_number,
        typed.purchase_order_id,
        typed.net_amount,
        typed.tax_amount,
        typed.currency,
        typed.match_status,
        typed.invoiced_on,
        typed.due_on,
        typed.paid_on,
        typed.updated_at,
        computed.gross_amount,
        computed.is_paid_late,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('gross_amount', 'numeric(16,2)', sent='reckoned', typed='computed') }},
                {{ cast_fault('is_paid_late', 'boolean', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select
            (round((net_amount + tax_amount)::numeric, 2))::text as gross_amount,
            (paid_on > due_on)::text as is_paid_late
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.gross_amount', 'numeric(16,2)') }} as gross_amount,
            {{ cast_or_null('reckoned.is_paid_late', 'boolean') }} as is_paid_late
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
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
        _cast_faults || array_remove(array[
            case
                when not (char_length(invoice_number) between 1 and 35)
                    then 'invoice_number: expected 1 to 35 characters'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end,
            case
                when not (match_status in ('open', 'matched', 'price', 'quantity', 'no_order'))
                    then 'match_status: expected one of open, matched, price, quantity, no_order'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tax_amount * net_amount >= 0)
                    then 'tax_amount: does not hold: tax_amount * net_amount >= 0'
            end,
            case
                when not (due_on >= invoiced_on)
                    then 'due_on: does not hold: due_on >= invoiced_on'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
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
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('supplier_invoices') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
