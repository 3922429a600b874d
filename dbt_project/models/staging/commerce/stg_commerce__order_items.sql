-- One row per claimed raw record of order_items, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/order_items.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('commerce', 'source_order_items') }}
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
        nullif(_payload ->> 'id', '') as item_id,
        nullif(_payload ->> 'order_id', '') as order_id,
        _payload ->> 'sku' as sku,
        nullif(_payload ->> 'ordered_at', '') as ordered_at,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.item_id,
        typed.order_id,
        typed.sku,
        typed.ordered_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('item_id', 'uuid', required=true) }},
                {{ cast_fault('order_id', 'uuid', required=true) }},
                {{ cast_fault('sku', 'varchar(16)', required=true) }},
                {{ cast_fault('ordered_at', 'timestamptz', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.item_id', 'uuid') }} as item_id,
            {{ cast_or_null('sent.order_id', 'uuid') }} as order_id,
            {{ cast_or_null('sent.sku', 'varchar(16)') }} as sku,
            {{ cast_or_null('sent.ordered_at', 'timestamptz') }} as ordered_at,
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
        item_id,
        order_id,
        sku,
        ordered_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (sku ~ '^[A-Z]{3}-[0-9]{3}$')
                    then 'sku: does not fit ^[A-Z]{3}-[0-9]{3}$'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    item_id,
    order_id,
    sku,
    ordered_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('order_items') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 1, 2)::numeric(3, 2) as _quality_score
from judged
