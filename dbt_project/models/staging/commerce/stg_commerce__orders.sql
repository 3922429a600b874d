-- One row per claimed raw record of orders, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/orders.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('commerce', 'source_orders') }}
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
        nullif(_payload ->> 'id', '') as order_id,
        nullif(_payload ->> 'customer', '') as customer_id,
        nullif(_payload ->> 'store_id', '') as store_id,
        nullif(_payload ->> 'ordered_at', '') as ordered_at,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'fulfilled_at', '') as fulfilled_at,
        nullif(_payload ->> 'subtotal', '') as subtotal,
        nullif(_payload ->> 'tax_paid', '') as tax_paid,
        nullif(_payload ->> 'order_total', '') as order_total,
        nullif(_payload ->> 'updated_at', '') as updated_at,
        coalesce(_payload ->> 'currency', 'USD') as currency,
        nullif(_payload ->> 'ordered_at', '') as created_at,
        _payload ->> 'created_by' as created_by,
        _payload ->> 'updated_by' as updated_by,
        coalesce(nullif(_payload ->> 'version', ''), '1') as version,
        nullif(_payload ->> 'deleted_at', '') as deleted_at,
        _payload ->> 'deleted_by' as deleted_by
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.order_id,
        typed.customer_id,
        typed.store_id,
        typed.ordered_at,
        typed.status,
        typed.fulfilled_at,
        typed.subtotal,
        typed.tax_paid,
        typed.order_total,
        typed.updated_at,
        typed.currency,
        typed.created_at,
        typed.created_by,
        typed.updated_by,
        typed.version,
        typed.deleted_at,
        typed.deleted_by,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('order_id', 'uuid', required=true) }},
                {{ cast_fault('customer_id', 'uuid', required=true) }},
                {{ cast_fault('store_id', 'uuid', required=true) }},
                {{ cast_fault('ordered_at', 'timestamptz', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('fulfilled_at', 'timestamptz') }},
                {{ cast_fault('subtotal', 'integer', required=true) }},
                {{ cast_fault('tax_paid', 'integer', required=true) }},
                {{ cast_fault('order_total', 'integer', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('created_at', 'timestamptz', required=true) }},
                {{ cast_fault('created_by', 'varchar(64)') }},
                {{ cast_fault('updated_by', 'varchar(64)') }},
                {{ cast_fault('version', 'integer', required=true) }},
                {{ cast_fault('deleted_at', 'timestamptz') }},
                {{ cast_fault('deleted_by', 'varchar(64)') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.order_id', 'uuid') }} as order_id,
            {{ cast_or_null('sent.customer_id', 'uuid') }} as customer_id,
            {{ cast_or_null('sent.store_id', 'uuid') }} as store_id,
            {{ cast_or_null('sent.ordered_at', 'timestamptz') }} as ordered_at,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.fulfilled_at', 'timestamptz') }} as fulfilled_at,
            {{ cast_or_null('sent.subtotal', 'integer') }} as subtotal,
            {{ cast_or_null('sent.tax_paid', 'integer') }} as tax_paid,
            {{ cast_or_null('sent.order_total', 'integer') }} as order_total,
            {{ cast_or_null('sent.updated_at', 'timestamptz') }} as updated_at,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.created_at', 'timestamptz') }} as created_at,
            {{ cast_or_null('sent.created_by', 'varchar(64)') }} as created_by,
            {{ cast_or_null('sent.updated_by', 'varchar(64)') }} as updated_by,
            {{ cast_or_null('sent.version', 'integer') }} as version,
            {{ cast_or_null('sent.deleted_at', 'timestamptz') }} as deleted_at,
            {{ cast_or_null('sent.deleted_by', 'varchar(64)') }} as deleted_by
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed.order_id,
        typed.customer_id,
        typed.store_id,
        typed.ordered_at,
        typed.status,
        typed.fulfilled_at,
        typed.subtotal,
        typed.tax_paid,
        typed.order_total,
        typed.updated_at,
        typed.currency,
        typed.created_at,
        typed.created_by,
        typed.updated_by,
        typed.version,
        typed.deleted_at,
        typed.deleted_by,
        computed.total_amount,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('total_amount', 'numeric(10,2)', required=true, sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (round((cast(order_total as decimal) / 100)::numeric, 2))::text as total_amount
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.total_amount', 'numeric(10,2)') }} as total_amount
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        order_id,
        customer_id,
        store_id,
        ordered_at,
        status,
        fulfilled_at,
        subtotal,
        tax_paid,
        order_total,
        updated_at,
        total_amount,
        currency,
        created_at,
        created_by,
        updated_by,
        version,
        deleted_at,
        deleted_by,
        _cast_faults || array_remove(array[
            case
                when not (subtotal >= 0)
                    then 'subtotal: expected at least 0'
            end,
            case
                when not (tax_paid >= 0)
                    then 'tax_paid: expected at least 0'
            end,
            case
                when not (order_total >= 0)
                    then 'order_total: expected at least 0'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end,
            case
                when not (version >= 1)
                    then 'version: expected at least 1'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (status in ('placed', 'fulfilled', 'refunded', 'cancelled'))
                    then 'status: expected one of placed, fulfilled, refunded, cancelled'
            end,
            case
                when not (fulfilled_at is null or fulfilled_at >= ordered_at)
                    then 'fulfilled_at: does not hold: fulfilled_at is null or fulfilled_at >= ordered_at'
            end,
            case
                when not (order_total = cast(subtotal as decimal) + cast(tax_paid as decimal))
                    then 'order_total: does not hold: order_total = subtotal + tax_paid'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    order_id,
    customer_id,
    store_id,
    ordered_at,
    status,
    fulfilled_at,
    subtotal,
    tax_paid,
    order_total,
    updated_at,
    total_amount,
    currency,
    created_at,
    created_by,
    updated_by,
    version,
    deleted_at,
    deleted_by,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('orders') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 8, 2)::numeric(3, 2) as _quality_score
from judged
