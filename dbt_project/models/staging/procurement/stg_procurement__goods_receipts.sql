-- One row per claimed raw record of goods_receipts, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/procurement/goods_receipts.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('procurement', 'source_goods_receipts') }}
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
        _payload ->> 'slip_no' as receipt_id,
        _payload ->> 'po_no' as purchase_order_id,
        nullif(_payload ->> 'line', '') as line_number,
        _payload ->> 'vendor_no' as supplier_id,
        _payload ->> 'site' as site_code,
        nullif(_payload #>> '{qty, received}', '') as received_quantity,
        nullif(_payload #>> '{qty, rejected}', '') as rejected_quantity,
        _payload ->> 'reason' as reject_reason,
        nullif(_payload ->> 'on_time', '') as is_by_promise,
        nullif(_payload ->> 'received_at', '') as received_at,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.receipt_id,
        typed.purchase_order_id,
        typed.line_number,
        typed.supplier_id,
        typed.site_code,
        typed.received_quantity,
        typed.rejected_quantity,
        typed.reject_reason,
        typed.is_by_promise,
        typed.received_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('receipt_id', 'varchar(20)', required=true) }},
                {{ cast_fault('purchase_order_id', 'varchar(16)', required=true) }},
                {{ cast_fault('line_number', 'smallint', required=true) }},
                {{ cast_fault('supplier_id', 'varchar(16)', required=true) }},
                {{ cast_fault('site_code', 'varchar(16)', required=true) }},
                {{ cast_fault('received_quantity', 'numeric(14,3)', required=true) }},
                {{ cast_fault('rejected_quantity', 'numeric(14,3)', required=true) }},
                {{ cast_fault('reject_reason', 'varchar(16)') }},
                {{ cast_fault('is_by_promise', 'boolean') }},
                {{ cast_fault('received_at', 'timestamptz', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.receipt_id', 'varchar(20)') }} as receipt_id,
            {{ cast_or_null('sent.purchase_order_id', 'varchar(16)') }} as purchase_order_id,
            {{ cast_or_null('sent.line_number', 'smallint') }} as line_number,
            {{ cast_or_null('sent.supplier_id', 'varchar(16)') }} as supplier_id,
            {{ cast_or_null('sent.site_code', 'varchar(16)') }} as site_code,
            {{ cast_or_null('sent.received_quantity', 'numeric(14,3)') }} as received_quantity,
            {{ cast_or_null('sent.rejected_quantity', 'numeric(14,3)') }} as rejected_quantity,
            {{ cast_or_null('sent.reject_reason', 'varchar(16)') }} as reject_reason,
            {{ cast_or_null('sent.is_by_promise', 'boolean') }} as is_by_promise,
            {{ cast_or_null('sent.received_at', 'timestamptz') }} as received_at,
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
        receipt_id,
        purchase_order_id,
        line_number,
        supplier_id,
        site_code,
        received_quantity,
        rejected_quantity,
        reject_reason,
        is_by_promise,
        received_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (receipt_id ~ '^GR-[0-9]{2}-[0-9]{7}$')
                    then 'receipt_id: does not fit ^GR-[0-9]{2}-[0-9]{7}$'
            end,
            case
                when not (line_number >= 1)
                    then 'line_number: expected at least 1'
            end,
            case
                when not (received_quantity >= 0)
                    then 'received_quantity: expected at least 0'
            end,
            case
                when not (rejected_quantity >= 0)
                    then 'rejected_quantity: expected at least 0'
            end,
            case
                when not (rejected_quantity <= received_quantity)
                    then 'rejected_quantity: does not hold: rejected_quantity <= received_quantity'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (reject_reason in ('damaged', 'expired', 'wrong_item', 'temperature', 'papers'))
                    then 'reject_reason: expected one of damaged, expired, wrong_item, temperature, papers'
            end,
            case
                when not (rejected_quantity = 0 or reject_reason is not null)
                    then 'reject_reason: does not hold: rejected_quantity = 0 or reject_reason is not null'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    receipt_id,
    purchase_order_id,
    line_number,
    supplier_id,
    site_code,
    received_quantity,
    rejected_quantity,
    reject_reason,
    is_by_promise,
    received_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('goods_receipts') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 7, 2)::numeric(3, 2) as _quality_score
from judged
