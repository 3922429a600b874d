-- One row per claimed raw record of carts, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/carts.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('commerce', 'source_carts') }}
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
        nullif(_payload ->> 'id', '') as cart_id,
        nullif(_payload ->> 'customer', '') as customer_id,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'order', '') as order_id,
        _payload #>> '{promotion, code}' as promotion_code,
        coalesce(nullif(_payload #>> '{promotion, discount}', ''), '0') as discount_amount,
        nullif(_payload ->> 'total', '') as total_amount,
        _payload ->> 'currency' as currency,
        nullif(_payload -> 'items', 'null') as items,
        nullif(_payload ->> 'created', '') as opened_at,
        nullif(_payload ->> 'updated', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.cart_id,
        typed.customer_id,
        typed.status,
        typed.order_id,
        typed.promotion_code,
        typed.discount_amount,
        typed.total_amount,
        typed.currency,
        typed.items,
        typed.opened_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('cart_id', 'uuid', required=true) }},
                {{ cast_fault('customer_id', 'uuid') }},
                {{ cast_fault('status', 'varchar(10)', required=true) }},
                {{ cast_fault('order_id', 'uuid') }},
                {{ cast_fault('promotion_code', 'varchar(24)') }},
                {{ cast_fault('discount_amount', 'numeric(10,2)', required=true) }},
                {{ cast_fault('total_amount', 'numeric(10,2)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('items', 'jsonb', required=true) }},
                {{ cast_fault('opened_at', 'timestamptz', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.cart_id', 'uuid') }} as cart_id,
            {{ cast_or_null('sent.customer_id', 'uuid') }} as customer_id,
            {{ cast_or_null('sent.status', 'varchar(10)') }} as status,
            {{ cast_or_null('sent.order_id', 'uuid') }} as order_id,
            {{ cast_or_null('sent.promotion_code', 'varchar(24)') }} as promotion_code,
            {{ cast_or_null('sent.discount_amount', 'numeric(10,2)') }} as discount_amount,
            {{ cast_or_null('sent.total_amount', 'numeric(10,2)') }} as total_amount,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.items', 'jsonb') }} as items,
            {{ cast_or_null('sent.opened_at', 'timestamptz') }} as opened_at,
            {{ cast_or_null('sent.updated_at', 'timestamptz') }} as updated_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        cart_id,
        customer_id,
        status,
        order_id,
        promotion_code,
        discount_amount,
        total_amount,
        currency,
        items,
        opened_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (status in ('open', 'ordered', 'abandoned'))
                    then 'status: expected one of open, ordered, abandoned'
            end,
            case
                when not (discount_amount >= 0)
                    then 'discount_amount: expected at least 0'
            end,
            case
                when not (total_amount >= 0)
                    then 'total_amount: expected at least 0'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not ((order_id is not null) = (status = 'ordered'))
                    then 'order_id: does not hold: (order_id is not null) = (status = ''ordered'')'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    cart_id,
    customer_id,
    status,
    order_id,
    promotion_code,
    discount_amount,
    total_amount,
    currency,
    items,
    opened_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('carts') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
