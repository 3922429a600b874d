-- One row per claimed raw record of refunds, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/refunds.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('commerce', 'source_refunds') }}
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
        _payload ->> 'id' as refund_id,
        _payload ->> 'payment_intent' as payment_id,
        nullif(_payload #>> '{metadata, return}', '') as return_id,
        nullif(_payload ->> 'amount', '') as amount,
        _payload ->> 'currency' as currency,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'created', '') as refunded_at,
        nullif(_payload ->> 'updated', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.refund_id,
        typed.payment_id,
        typed.return_id,
        typed.amount,
        typed.currency,
        typed.status,
        typed.refunded_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('refund_id', 'varchar(40)', required=true) }},
                {{ cast_fault('payment_id', 'varchar(40)', required=true) }},
                {{ cast_fault('return_id', 'uuid') }},
                {{ cast_fault('amount', 'numeric(10,2)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('status', 'varchar(10)', required=true) }},
                {{ cast_fault('refunded_at', 'timestamptz', required=true, time_format='epoch_seconds') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true, time_format='epoch_seconds') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.refund_id', 'varchar(40)') }} as refund_id,
            {{ cast_or_null('sent.payment_id', 'varchar(40)') }} as payment_id,
            {{ cast_or_null('sent.return_id', 'uuid') }} as return_id,
            {{ cast_or_null('sent.amount', 'numeric(10,2)') }} as amount,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.status', 'varchar(10)') }} as status,
            {{ cast_or_null('sent.refunded_at', 'timestamptz', time_format='epoch_seconds') }} as refunded_at,
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
        refund_id,
        payment_id,
        return_id,
        amount,
        currency,
        status,
        refunded_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (char_length(refund_id) between 1 and 40)
                    then 'refund_id: expected 1 to 40 characters'
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
                when not (status in ('pending', 'paid', 'failed'))
                    then 'status: expected one of pending, paid, failed'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    refund_id,
    payment_id,
    return_id,
    amount,
    currency,
    status,
    refunded_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('refunds') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
