-- One row per claimed raw record of customer_invoices, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/finance/customer_invoices.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('finance', 'source_customer_invoices') }}
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
        _payload ->> 'number' as invoice_number,
        nullif(_payload ->> 'customer', '') as customer_id,
        nullif(_payload ->> 'order', '') as order_id,
        nullif(_payload #>> '{amount, net}', '') as net_amount,
        nullif(_payload #>> '{amount, tax}', '') as tax_amount,
        nullif(_payload #>> '{amount, open}', '') as open_amount,
        _payload #>> '{amount, currency}' as currency,
        nullif(_payload ->> 'date', '') as invoiced_on,
        nullif(_payload ->> 'due', '') as due_on,
        nullif(_payload ->> 'settled', '') as settled_on,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.invoice_number,
        typed.customer_id,
        typed.order_id,
        typed.net_amount,
        typed.tax_amount,
        typed.open_amount,
        typed.currency,
        typed.invoiced_on,
        typed.due_on,
        typed.settled_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('invoice_number', 'varchar(20)', required=true) }},
                {{ cast_fault('customer_id', 'uuid', required=true) }},
                {{ cast_fault('order_id', 'uuid') }},
                {{ cast_fault('net_amount', 'numeric(16,2)', required=true) }},
                {{ cast_fault('tax_amount', 'numeric(16,2)', required=true) }},
                {{ cast_fault('open_amount', 'numeric(16,2)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('invoiced_on', 'date', required=true) }},
                {{ cast_fault('due_on', 'date', required=true) }},
                {{ cast_fault('settled_on', 'date') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.invoice_number', 'varchar(20)') }} as invoice_number,
            {{ cast_or_null('sent.customer_id', 'uuid') }} as customer_id,
            {{ cast_or_null('sent.order_id', 'uuid') }} as order_id,
            {{ cast_or_null('sent.net_amount', 'numeric(16,2)') }} as net_amount,
            {{ cast_or_null('sent.tax_amount', 'numeric(16,2)') }} as tax_amount,
            {{ cast_or_null('sent.open_amount', 'numeric(16,2)') }} as open_amount,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.invoiced_on', 'date') }} as invoiced_on,
            {{ cast_or_null('sent.due_on', 'date') }} as due_on,
            {{ cast_or_null('sent.settled_on', 'date') }} as settled_on,
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
        typed.invoice_number,
        typed.customer_id,
        typed.order_id,
        typed.net_amount,
        typed.tax_amount,
        typed.open_amount,
        typed.currency,
        typed.invoiced_on,
        typed.due_on,
        typed.settled_on,
        typed.updated_at,
        computed.days_to_pay,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('days_to_pay', 'integer', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (settled_on - invoiced_on)::text as days_to_pay
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.days_to_pay', 'integer') }} as days_to_pay
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
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
        _cast_faults || array_remove(array[
            case
                when not (invoice_number ~ '^AR-[0-9]{4}-[0-9]{6}$')
                    then 'invoice_number: does not fit ^AR-[0-9]{4}-[0-9]{6}$'
            end,
            case
                when not (tax_amount * net_amount >= 0)
                    then 'tax_amount: does not hold: tax_amount * net_amount >= 0'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end,
            case
                when not (due_on >= invoiced_on)
                    then 'due_on: does not hold: due_on >= invoiced_on'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (abs(open_amount) <= abs(net_amount + tax_amount))
                    then 'open_amount: does not hold: abs(open_amount) <= abs(net_amount + tax_amount)'
            end,
            case
                when not ((settled_on is null) = (open_amount <> 0))
                    then 'settled_on: does not hold: (settled_on is null) = (open_amount <> 0)'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
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
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('customer_invoices') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
