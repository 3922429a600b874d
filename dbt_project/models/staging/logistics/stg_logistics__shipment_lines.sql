-- One row per claimed raw record of shipment_lines, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/logistics/shipment_lines.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('logistics', 'source_shipment_lines') }}
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
        nullif(_payload ->> 'shipment', '') as shipment_id,
        nullif(_payload ->> 'line', '') as line_number,
        _payload ->> 'item' as item_code,
        nullif(_payload #>> '{qty, planned}', '') as planned_quantity,
        nullif(_payload #>> '{qty, shipped}', '') as shipped_quantity,
        _payload #>> '{qty, uom}' as unit_of_measure,
        nullif(_payload ->> 'loaded_at', '') as shipped_at,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.shipment_id,
        typed.line_number,
        typed.item_code,
        typed.planned_quantity,
        typed.shipped_quantity,
        typed.unit_of_measure,
        typed.shipped_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('shipment_id', 'uuid', required=true) }},
                {{ cast_fault('line_number', 'smallint', required=true) }},
                {{ cast_fault('item_code', 'varchar(24)', required=true) }},
                {{ cast_fault('planned_quantity', 'numeric(14,3)', required=true) }},
                {{ cast_fault('shipped_quantity', 'numeric(14,3)', required=true) }},
                {{ cast_fault('unit_of_measure', 'varchar(3)', required=true) }},
                {{ cast_fault('shipped_at', 'timestamptz', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.shipment_id', 'uuid') }} as shipment_id,
            {{ cast_or_null('sent.line_number', 'smallint') }} as line_number,
            {{ cast_or_null('sent.item_code', 'varchar(24)') }} as item_code,
            {{ cast_or_null('sent.planned_quantity', 'numeric(14,3)') }} as planned_quantity,
            {{ cast_or_null('sent.shipped_quantity', 'numeric(14,3)') }} as shipped_quantity,
            {{ cast_or_null('sent.unit_of_measure', 'varchar(3)') }} as unit_of_measure,
            {{ cast_or_null('sent.shipped_at', 'timestamptz') }} as shipped_at,
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
        typed.shipment_id,
        typed.line_number,
        typed.item_code,
        typed.planned_quantity,
        typed.shipped_quantity,
        typed.unit_of_measure,
        typed.shipped_at,
        typed.updated_at,
        computed.is_in_full,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('is_in_full', 'boolean', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (shipped_quantity >= planned_quantity)::text as is_in_full
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.is_in_full', 'boolean') }} as is_in_full
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        shipment_id,
        line_number,
        item_code,
        planned_quantity,
        shipped_quantity,
        unit_of_measure,
        is_in_full,
        shipped_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (line_number >= 1)
                    then 'line_number: expected at least 1'
            end,
            case
                when not (planned_quantity >= 0)
                    then 'planned_quantity: expected at least 0'
            end,
            case
                when not (shipped_quantity >= 0)
                    then 'shipped_quantity: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (unit_of_measure in ('EA', 'KGM', 'LTR', 'PK'))
                    then 'unit_of_measure: expected one of EA, KGM, LTR, PK'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    shipment_id,
    line_number,
    item_code,
    planned_quantity,
    shipped_quantity,
    unit_of_measure,
    is_in_full,
    shipped_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('shipment_lines') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
