-- One row per claimed raw record of purchase_items, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/procurement/purchase_items.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('procurement', 'source_purchase_items') }}
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
        _payload ->> 'item_no' as item_code,
        _payload ->> 'name' as item_name,
        _payload ->> 'unspsc' as commodity_code,
        _payload ->> 'uom' as unit_of_measure,
        nullif(_payload #>> '{std_cost, amount}', '') as standard_cost,
        _payload #>> '{std_cost, currency}' as currency,
        nullif(_payload ->> 'lead_time', '') as lead_time_days,
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
        typed.item_code,
        typed.item_name,
        typed.commodity_code,
        typed.unit_of_measure,
        typed.standard_cost,
        typed.currency,
        typed.lead_time_days,
        typed.is_perishable,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('item_code', 'varchar(24)', required=true) }},
                {{ cast_fault('item_name', 'varchar(120)', required=true) }},
                {{ cast_fault('commodity_code', 'varchar(8)') }},
                {{ cast_fault('unit_of_measure', 'varchar(3)', required=true) }},
                {{ cast_fault('standard_cost', 'numeric(14,4)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('lead_time_days', 'smallint', required=true) }},
                {{ cast_fault('is_perishable', 'boolean', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.item_code', 'varchar(24)') }} as item_code,
            {{ cast_or_null('sent.item_name', 'varchar(120)') }} as item_name,
            {{ cast_or_null('sent.commodity_code', 'varchar(8)') }} as commodity_code,
            {{ cast_or_null('sent.unit_of_measure', 'varchar(3)') }} as unit_of_measure,
            {{ cast_or_null('sent.standard_cost', 'numeric(14,4)') }} as standard_cost,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.lead_time_days', 'smallint') }} as lead_time_days,
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
        item_code,
        item_name,
        commodity_code,
        unit_of_measure,
        standard_cost,
        currency,
        lead_time_days,
        is_perishable,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (item_code ~ '^[A-Z]{3}-[A-Z0-9-]+$')
                    then 'item_code: does not fit ^[A-Z]{3}-[A-Z0-9-]+$'
            end,
            case
                when not (char_length(item_name) between 1 and 120)
                    then 'item_name: expected 1 to 120 characters'
            end,
            case
                when not (commodity_code ~ '^[0-9]{8}$')
                    then 'commodity_code: does not fit ^[0-9]{8}$'
            end,
            case
                when not (standard_cost >= 0)
                    then 'standard_cost: expected at least 0'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end,
            case
                when not (lead_time_days between 0 and 365)
                    then 'lead_time_days: expected 0 to 365'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (unit_of_measure in ('EA', 'KGM', 'LTR', 'PK'))
                    then 'unit_of_measure: expected one of EA, KGM, LTR, PK'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    item_code,
    item_name,
    commodity_code,
    unit_of_measure,
    standard_cost,
    currency,
    lead_time_days,
    is_perishable,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('purchase_items') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 7, 2)::numeric(3, 2) as _quality_score
from judged
