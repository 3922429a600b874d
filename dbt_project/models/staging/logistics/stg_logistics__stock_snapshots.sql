-- One row per claimed raw record of stock_snapshots, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/logistics/stock_snapshots.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('logistics', 'source_stock_snapshots') }}
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
        _payload ->> 'site' as site_code,
        _payload ->> 'item' as item_code,
        nullif(_payload ->> 'day', '') as counted_on,
        nullif(_payload ->> 'on_hand', '') as on_hand_quantity,
        nullif(_payload ->> 'reserved', '') as reserved_quantity,
        nullif(_payload ->> 'avg_use_28d', '') as average_daily_use,
        nullif(_payload #>> '{value, amount}', '') as stock_value,
        _payload #>> '{value, currency}' as currency,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.site_code,
        typed.item_code,
        typed.counted_on,
        typed.on_hand_quantity,
        typed.reserved_quantity,
        typed.average_daily_use,
        typed.stock_value,
        typed.currency,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('site_code', 'varchar(16)', required=true) }},
                {{ cast_fault('item_code', 'varchar(24)', required=true) }},
                {{ cast_fault('counted_on', 'date', required=true) }},
                {{ cast_fault('on_hand_quantity', 'numeric(14,3)', required=true) }},
                {{ cast_fault('reserved_quantity', 'numeric(14,3)', required=true) }},
                {{ cast_fault('average_daily_use', 'numeric(14,3)') }},
                {{ cast_fault('stock_value', 'numeric(16,2)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.site_code', 'varchar(16)') }} as site_code,
            {{ cast_or_null('sent.item_code', 'varchar(24)') }} as item_code,
            {{ cast_or_null('sent.counted_on', 'date') }} as counted_on,
            {{ cast_or_null('sent.on_hand_quantity', 'numeric(14,3)') }} as on_hand_quantity,
            {{ cast_or_null('sent.reserved_quantity', 'numeric(14,3)') }} as reserved_quantity,
            {{ cast_or_null('sent.average_daily_use', 'numeric(14,3)') }} as average_daily_use,
            {{ cast_or_null('sent.stock_value', 'numeric(16,2)') }} as stock_value,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
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
        typed.site_code,
        typed.item_code,
        typed.counted_on,
        typed.on_hand_quantity,
        typed.reserved_quantity,
        typed.average_daily_use,
        typed.stock_value,
        typed.currency,
        typed.updated_at,
        computed.days_of_stock,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('days_of_stock', 'numeric(9,2)', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (round(((on_hand_quantity - reserved_quantity) / nullif(average_daily_use, 0))::numeric, 2))::text as days_of_stock
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.days_of_stock', 'numeric(9,2)') }} as days_of_stock
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        site_code,
        item_code,
        counted_on,
        on_hand_quantity,
        reserved_quantity,
        average_daily_use,
        days_of_stock,
        stock_value,
        currency,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (reserved_quantity >= 0)
                    then 'reserved_quantity: expected at least 0'
            end,
            case
                when not (average_daily_use >= 0)
                    then 'average_daily_use: expected at least 0'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (on_hand_quantity >= 0)
                    then 'on_hand_quantity: expected at least 0'
            end,
            case
                when not (reserved_quantity <= on_hand_quantity)
                    then 'reserved_quantity: does not hold: reserved_quantity <= on_hand_quantity'
            end,
            case
                when not (stock_value >= 0)
                    then 'stock_value: expected at least 0'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    site_code,
    item_code,
    counted_on,
    on_hand_quantity,
    reserved_quantity,
    average_daily_use,
    days_of_stock,
    stock_value,
    currency,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('stock_snapshots') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
