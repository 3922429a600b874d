-- One row per claimed raw record of product_prices, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/product_prices.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('commerce', 'source_product_prices') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        {{ correlation_id('_payload', '_run_id') }} as _correlation_id,
        _payload,
        _payload ->> 'list' as price_list_code,
        _payload ->> 'sku' as sku,
        nullif(_payload ->> 'from', '') as valid_from_date,
        nullif(_payload ->> 'to', '') as valid_to_date,
        nullif(_payload ->> 'price', '') as amount,
        nullif(_payload ->> 'was', '') as previous_amount,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.price_list_code,
        typed.sku,
        typed.valid_from_date,
        typed.valid_to_date,
        typed.amount,
        typed.previous_amount,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('price_list_code', 'varchar(24)', required=true) }},
                {{ cast_fault('sku', 'varchar(16)', required=true) }},
                {{ cast_fault('valid_from_date', 'date', required=true) }},
                {{ cast_fault('valid_to_date', 'date') }},
                {{ cast_fault('amount', 'numeric(12,2)', required=true) }},
                {{ cast_fault('previous_amount', 'numeric(12,2)') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.price_list_code', 'varchar(24)') }} as price_list_code,
            {{ cast_or_null('sent.sku', 'varchar(16)') }} as sku,
            {{ cast_or_null('sent.valid_from_date', 'date') }} as valid_from_date,
            {{ cast_or_null('sent.valid_to_date', 'date') }} as valid_to_date,
            {{ cast_or_null('sent.amount', 'numeric(12,2)') }} as amount,
            {{ cast_or_null('sent.previous_amount', 'numeric(12,2)') }} as previous_amount,
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
        _correlation_id,
        price_list_code,
        sku,
        valid_from_date,
        valid_to_date,
        amount,
        previous_amount,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (sku ~ '^[A-Z]{3}-[0-9]{3}$')
                    then 'sku: does not fit ^[A-Z]{3}-[0-9]{3}$'
            end,
            case
                when not (valid_to_date is null or valid_to_date >= valid_from_date)
                    then 'valid_to_date: does not hold: valid_to_date is null or valid_to_date >= valid_from_date'
            end,
            case
                when not (amount >= 0)
                    then 'amount: expected at least 0'
            end,
            case
                when not (previous_amount >= 0)
                    then 'previous_amount: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (amount between 0.5 and 100)
                    then 'amount: expected 0.5 to 100'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    price_list_code,
    sku,
    valid_from_date,
    valid_to_date,
    amount,
    previous_amount,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('product_prices') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
