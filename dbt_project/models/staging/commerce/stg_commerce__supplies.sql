-- One row per claimed raw record of supplies, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/supplies.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('commerce', 'source_supplies') }}
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
        _payload ->> 'id' as supply_id,
        _payload ->> 'sku' as sku,
        _payload ->> 'name' as supply_name,
        nullif(_payload ->> 'cost', '') as cost,
        nullif(_payload ->> 'perishable', '') as is_perishable,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.supply_id,
        typed.sku,
        typed.supply_name,
        typed.cost,
        typed.is_perishable,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('supply_id', 'varchar(16)', required=true) }},
                {{ cast_fault('sku', 'varchar(16)', required=true) }},
                {{ cast_fault('supply_name', 'varchar(120)', required=true) }},
                {{ cast_fault('cost', 'integer', required=true) }},
                {{ cast_fault('is_perishable', 'boolean', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.supply_id', 'varchar(16)') }} as supply_id,
            {{ cast_or_null('sent.sku', 'varchar(16)') }} as sku,
            {{ cast_or_null('sent.supply_name', 'varchar(120)') }} as supply_name,
            {{ cast_or_null('sent.cost', 'integer') }} as cost,
            {{ cast_or_null('sent.is_perishable', 'boolean') }} as is_perishable,
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
        supply_id,
        sku,
        supply_name,
        cost,
        is_perishable,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (supply_id ~ '^SUP-[0-9]{3}$')
                    then 'supply_id: does not fit ^SUP-[0-9]{3}$'
            end,
            case
                when not (sku ~ '^[A-Z]{3}-[0-9]{3}$')
                    then 'sku: does not fit ^[A-Z]{3}-[0-9]{3}$'
            end,
            case
                when not (char_length(supply_name) between 1 and 120)
                    then 'supply_name: expected 1 to 120 characters'
            end,
            case
                when not (cost >= 0)
                    then 'cost: expected at least 0'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    supply_id,
    sku,
    supply_name,
    cost,
    is_perishable,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('supplies') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
