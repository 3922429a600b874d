-- One row per claimed raw record of stock_movements, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/logistics/stock_movements.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('logistics', 'source_stock_movements') }}
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
        nullif(_payload ->> 'id', '') as movement_id,
        _payload ->> 'site' as site_code,
        _payload ->> 'item' as item_code,
        _payload ->> 'type' as movement_type,
        nullif(_payload ->> 'qty', '') as quantity,
        nullif(_payload ->> 'value', '') as value_change,
        nullif(_payload ->> 'shipment', '') as shipment_id,
        nullif(_payload ->> 'at', '') as moved_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.movement_id,
        typed.site_code,
        typed.item_code,
        typed.movement_type,
        typed.quantity,
        typed.value_change,
        typed.shipment_id,
        typed.moved_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('movement_id', 'bigint', required=true) }},
                {{ cast_fault('site_code', 'varchar(16)', required=true) }},
                {{ cast_fault('item_code', 'varchar(24)', required=true) }},
                {{ cast_fault('movement_type', 'varchar(12)', required=true) }},
                {{ cast_fault('quantity', 'numeric(14,3)', required=true) }},
                {{ cast_fault('value_change', 'numeric(16,2)', required=true) }},
                {{ cast_fault('shipment_id', 'uuid') }},
                {{ cast_fault('moved_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.movement_id', 'bigint') }} as movement_id,
            {{ cast_or_null('sent.site_code', 'varchar(16)') }} as site_code,
            {{ cast_or_null('sent.item_code', 'varchar(24)') }} as item_code,
            {{ cast_or_null('sent.movement_type', 'varchar(12)') }} as movement_type,
            {{ cast_or_null('sent.quantity', 'numeric(14,3)') }} as quantity,
            {{ cast_or_null('sent.value_change', 'numeric(16,2)') }} as value_change,
            {{ cast_or_null('sent.shipment_id', 'uuid') }} as shipment_id,
            {{ cast_or_null('sent.moved_at', 'timestamptz') }} as moved_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        movement_id,
        site_code,
        item_code,
        movement_type,
        quantity,
        value_change,
        shipment_id,
        moved_at,
        _cast_faults || array_remove(array[
            case
                when not (movement_id >= 1)
                    then 'movement_id: expected at least 1'
            end,
            case
                when not (movement_type in ('receipt', 'issue', 'transfer_in', 'transfer_out', 'scrap', 'count'))
                    then 'movement_type: expected one of receipt, issue, transfer_in, transfer_out, scrap, count'
            end,
            case
                when not (quantity <> 0)
                    then 'quantity: does not hold: quantity <> 0'
            end,
            case
                when not (not movement_type in ('issue', 'transfer_out', 'scrap') or quantity < 0)
                    then 'quantity: does not hold: movement_type not in (''issue'', ''transfer_out'', ''scrap'') or quantity < 0'
            end,
            case
                when not (not movement_type in ('receipt', 'transfer_in') or quantity > 0)
                    then 'quantity: does not hold: movement_type not in (''receipt'', ''transfer_in'') or quantity > 0'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    movement_id,
    site_code,
    item_code,
    movement_type,
    quantity,
    value_change,
    shipment_id,
    moved_at,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('stock_movements') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
