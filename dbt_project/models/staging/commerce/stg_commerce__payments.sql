-- One row per claimed raw record of payments, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/payments.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('commerce', 'source_payments') }}
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
        _payload ->> 'id' as payment_id,
        nullif(_payload #>> '{metadata, order}', '') as order_id,
        _payload ->> 'method' as method,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'amount', '') as amount,
        _payload ->> 'currency' as currency,
        nullif(_payload ->> 'fee', '') as provider_fee,
        _payload #>> '{card, last4}' as card_last4,
        _payload #>> '{card, decline_code}' as decline_reason,
        nullif(_payload ->> 'created', '') as paid_at,
        nullif(_payload ->> 'updated', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.payment_id,
        typed.order_id,
        typed.method,
        typed.status,
        typed.amount,
        typed.currency,
        typed.provider_fee,
        typed.card_last4,
        typed.decline_reason,
        typed.paid_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('payment_id', 'varchar(40)', required=true) }},
                {{ cast_fault('order_id', 'uuid', required=true) }},
                {{ cast_fault('method', 'varchar(10)', required=true) }},
                {{ cast_fault('status', 'varchar(10)', required=true) }},
                {{ cast_fault('amount', 'numeric(10,2)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('provider_fee', 'numeric(10,4)') }},
                {{ cast_fault('card_last4', 'varchar(4)') }},
                {{ cast_fault('decline_reason', 'varchar(40)') }},
                {{ cast_fault('paid_at', 'timestamptz', required=true, time_format='epoch_seconds') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true, time_format='epoch_seconds') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.payment_id', 'varchar(40)') }} as payment_id,
            {{ cast_or_null('sent.order_id', 'uuid') }} as order_id,
            {{ cast_or_null('sent.method', 'varchar(10)') }} as method,
            {{ cast_or_null('sent.status', 'varchar(10)') }} as status,
            {{ cast_or_null('sent.amount', 'numeric(10,2)') }} as amount,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.provider_fee', 'numeric(10,4)') }} as provider_fee,
            {{ cast_or_null('sent.card_last4', 'varchar(4)') }} as card_last4,
            {{ cast_or_null('sent.decline_reason', 'varchar(40)') }} as decline_reason,
            {{ cast_or_null('sent.paid_at', 'timestamptz', time_format='epoch_seconds') }} as paid_at,
            {{ cast_or_null('sent.updated_at', 'timestamptz', time_format='epoch_seconds') }} as updated_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        payment_id,
        order_id,
        method,
        status,
        amount,
        currency,
        provider_fee,
        card_last4,
        decline_reason,
        paid_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (char_length(payment_id) between 1 and 40)
                    then 'payment_id: expected 1 to 40 characters'
            end,
            case
                when not (method in ('cash', 'card', 'wallet', 'gift_card', 'points'))
                    then 'method: expected one of cash, card, wallet, gift_card, points'
            end,
            case
                when not (status in ('pending', 'captured', 'declined', 'cancelled'))
                    then 'status: expected one of pending, captured, declined, cancelled'
            end,
            case
                when not (amount >= 0.01)
                    then 'amount: expected at least 0.01'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end,
            case
                when not (provider_fee >= 0)
                    then 'provider_fee: expected at least 0'
            end,
            case
                when not (card_last4 ~ '^[0-9]{4}$')
                    then 'card_last4: does not fit ^[0-9]{4}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (provider_fee <= amount)
                    then 'provider_fee: does not hold: provider_fee <= amount'
            end,
            case
                when not (decline_reason is null or status = 'declined')
                    then 'decline_reason: does not hold: decline_reason is null or status = ''declined'''
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    payment_id,
    order_id,
    method,
    status,
    amount,
    currency,
    provider_fee,
    card_last4,
    decline_reason,
    paid_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('payments') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 9, 2)::numeric(3, 2) as _quality_score
from judged
