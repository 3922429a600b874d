-- One row per claimed raw record of loyalty_movements, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/customer_retention/loyalty_movements.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('customer_retention', 'source_loyalty_movements') }}
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
        _payload ->> 'card' as account_number,
        _payload ->> 'type' as movement_type,
        nullif(_payload ->> 'points', '') as points,
        nullif(_payload ->> 'order', '') as order_id,
        nullif(_payload ->> 'at', '') as booked_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.movement_id,
        typed.account_number,
        typed.movement_type,
        typed.points,
        typed.order_id,
        typed.booked_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('movement_id', 'bigint', required=true) }},
                {{ cast_fault('account_number', 'varchar(16)', required=true) }},
                {{ cast_fault('movement_type', 'varchar(12)', required=true) }},
                {{ cast_fault('points', 'integer', required=true) }},
                {{ cast_fault('order_id', 'uuid') }},
                {{ cast_fault('booked_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.movement_id', 'bigint') }} as movement_id,
            {{ cast_or_null('sent.account_number', 'varchar(16)') }} as account_number,
            {{ cast_or_null('sent.movement_type', 'varchar(12)') }} as movement_type,
            {{ cast_or_null('sent.points', 'integer') }} as points,
            {{ cast_or_null('sent.order_id', 'uuid') }} as order_id,
            {{ cast_or_null('sent.booked_at', 'timestamptz') }} as booked_at
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
        account_number,
        movement_type,
        points,
        order_id,
        booked_at,
        _cast_faults || array_remove(array[
            case
                when not (movement_id >= 1)
                    then 'movement_id: expected at least 1'
            end,
            case
                when not (movement_type in ('earn', 'redeem', 'expire', 'correction'))
                    then 'movement_type: expected one of earn, redeem, expire, correction'
            end,
            case
                when not (points <> 0)
                    then 'points: does not hold: points <> 0'
            end,
            case
                when not (movement_type <> 'earn' or points > 0)
                    then 'points: does not hold: movement_type <> ''earn'' or points > 0'
            end,
            case
                when not (not movement_type in ('redeem', 'expire') or points < 0)
                    then 'points: does not hold: movement_type not in (''redeem'', ''expire'') or points < 0'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    movement_id,
    account_number,
    movement_type,
    points,
    order_id,
    booked_at,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('loyalty_movements') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
