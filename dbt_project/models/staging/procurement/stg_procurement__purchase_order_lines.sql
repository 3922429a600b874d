-- One row per claimed raw record of purchase_order_lines, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/procurement/purchase_order_lines.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('procurement', 'source_purchase_order_lines') }}
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
        _payload ->> 'po_no' as purchase_order_id,
        nullif(_payload ->> 'line', '') as line_number,
        _payload ->> 'item_no' as item_code,
        nullif(_payload ->> 'qty', '') as quantity,
        nullif(_payload ->> 'price', '') as unit_price,
        nullif(_payload ->> 'amount', '') as line_amount,
        nullif(_payload ->> 'std_cost', '') as standard_cost,
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
        typed.purchase_order_id,
        typed.line_number,
        typed.item_code,
        typed.quantity,
        typed.unit_price,
        typed.line_amount,
        typed.standard_cost,
        typed.ordered_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('purchase_order_id', 'varchar(16)', required=true) }},
                {{ cast_fault('line_number', 'smallint', required=true) }},
                {{ cast_fault('item_code', 'varchar(24)', required=true) }},
                {{ cast_fault('quantity', 'numeric(14,3)', required=true) }},
                {{ cast_fault('unit_price', 'numeric(14,4)', required=true) }},
                {{ cast_fault('line_amount', 'numeric(16,2)', required=true) }},
                {{ cast_fault('standard_cost', 'numeric(14,4)') }},
                {{ cast_fault('ordered_at', 'timestamptz', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.purchase_order_id', 'varchar(16)') }} as purchase_order_id,
            {{ cast_or_null('sent.line_number', 'smallint') }} as line_number,
            {{ cast_or_null('sent.item_code', 'varchar(24)') }} as item_code,
            {{ cast_or_null('sent.quantity', 'numeric(14,3)') }} as quantity,
            {{ cast_or_null('sent.unit_price', 'numeric(14,4)') }} as unit_price,
            {{ cast_or_null('sent.line_amount', 'numeric(16,2)') }} as line_amount,
            {{ cast_or_null('sent.standard_cost', 'numeric(14,4)') }} as standard_cost,
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
        purchase_order_id,
        line_number,
        item_code,
        quantity,
        unit_price,
        line_amount,
        standard_cost,
        ordered_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (purchase_order_id ~ '^PO-[0-9]{7}$')
                    then 'purchase_order_id: does not fit ^PO-[0-9]{7}$'
            end,
            case
                when not (line_number >= 1)
                    then 'line_number: expected at least 1'
            end,
            case
                when not (quantity >= 0)
                    then 'quantity: expected at least 0'
            end,
            case
                when not (unit_price >= 0)
                    then 'unit_price: expected at least 0'
            end,
            case
                when not (line_amount >= 0)
                    then 'line_amount: expected at least 0'
            end,
            case
                when not (standard_cost >= 0)
                    then 'standard_cost: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (abs(line_amount - quantity * unit_price) <= 0.01)
                    then 'line_amount: does not hold: abs(line_amount - quantity * unit_price) <= 0.01'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    purchase_order_id,
    line_number,
    item_code,
    quantity,
    unit_price,
    line_amount,
    standard_cost,
    ordered_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('purchase_order_lines') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 7, 2)::numeric(3, 2) as _quality_score
from judged
