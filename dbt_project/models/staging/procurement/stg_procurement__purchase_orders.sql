-- One row per claimed raw record of purchase_orders, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/procurement/purchase_orders.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('procurement', 'source_purchase_orders') }}
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
        _payload ->> 'vendor_no' as supplier_id,
        _payload ->> 'contract_no' as contract_id,
        _payload ->> 'ship_to' as site_code,
        _payload ->> 'cost_center' as cost_center_code,
        _payload ->> 'status' as status,
        nullif(_payload #>> '{total, amount}', '') as total_amount,
        _payload #>> '{total, currency}' as currency,
        nullif(_payload ->> 'ordered_at', '') as ordered_at,
        nullif(_payload ->> 'promised_on', '') as promised_on,
        nullif(_payload ->> 'received_on', '') as received_on,
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
        typed.supplier_id,
        typed.contract_id,
        typed.site_code,
        typed.cost_center_code,
        typed.status,
        typed.total_amount,
        typed.currency,
        typed.ordered_at,
        typed.promised_on,
        typed.received_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('purchase_order_id', 'varchar(16)', required=true) }},
                {{ cast_fault('supplier_id', 'varchar(16)', required=true) }},
                {{ cast_fault('contract_id', 'varchar(24)') }},
                {{ cast_fault('site_code', 'varchar(16)', required=true) }},
                {{ cast_fault('cost_center_code', 'varchar(10)', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('total_amount', 'numeric(16,2)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('ordered_at', 'timestamptz', required=true) }},
                {{ cast_fault('promised_on', 'date') }},
                {{ cast_fault('received_on', 'date') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.purchase_order_id', 'varchar(16)') }} as purchase_order_id,
            {{ cast_or_null('sent.supplier_id', 'varchar(16)') }} as supplier_id,
            {{ cast_or_null('sent.contract_id', 'varchar(24)') }} as contract_id,
            {{ cast_or_null('sent.site_code', 'varchar(16)') }} as site_code,
            {{ cast_or_null('sent.cost_center_code', 'varchar(10)') }} as cost_center_code,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.total_amount', 'numeric(16,2)') }} as total_amount,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.ordered_at', 'timestamptz') }} as ordered_at,
            {{ cast_or_null('sent.promised_on', 'date') }} as promised_on,
            {{ cast_or_null('sent.received_on', 'date') }} as received_on,
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
        typed.purchase_order_id,
        typed.supplier_id,
        typed.contract_id,
        typed.site_code,
        typed.cost_center_code,
        typed.status,
        typed.total_amount,
        typed.currency,
        typed.ordered_at,
        typed.promised_on,
        typed.received_on,
        typed.updated_at,
        computed.lead_days,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('lead_days', 'integer', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (received_on - promised_on)::text as lead_days
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.lead_days', 'integer') }} as lead_days
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        purchase_order_id,
        supplier_id,
        contract_id,
        site_code,
        cost_center_code,
        status,
        total_amount,
        currency,
        ordered_at,
        promised_on,
        received_on,
        lead_days,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (purchase_order_id ~ '^PO-[0-9]{7}$')
                    then 'purchase_order_id: does not fit ^PO-[0-9]{7}$'
            end,
            case
                when not (status in ('draft', 'released', 'partly_received', 'received', 'closed', 'cancelled'))
                    then 'status: expected one of draft, released, partly_received, received, closed, cancelled'
            end,
            case
                when not (total_amount >= 0)
                    then 'total_amount: expected at least 0'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    purchase_order_id,
    supplier_id,
    contract_id,
    site_code,
    cost_center_code,
    status,
    total_amount,
    currency,
    ordered_at,
    promised_on,
    received_on,
    lead_days,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('purchase_orders') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
