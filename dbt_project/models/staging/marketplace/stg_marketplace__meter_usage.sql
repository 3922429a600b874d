-- One row per claimed raw record of meter_usage, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/meter_usage.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('marketplace', 'source_meter_usage') }}
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
        _payload ->> 'usage_key' as id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'product_code' as product_code,
        _payload ->> 'customer_identifier' as customer_identifier,
        _payload ->> 'dimension' as dimension,
        nullif(_payload ->> 'quantity', '') as quantity,
        nullif(_payload ->> 'usage_time', '') as usage_time,
        _payload ->> 'correlation_id' as correlation_id,
        _payload ->> 'status' as status,
        _payload ->> 'metering_record_id' as metering_record_id,
        nullif(_payload ->> 'sent_at', '') as sent_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.id,
        typed.tenant_id,
        typed.product_code,
        typed.customer_identifier,
        typed.dimension,
        typed.quantity,
        typed.usage_time,
        typed.correlation_id,
        typed.status,
        typed.metering_record_id,
        typed.sent_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('id', 'varchar(128)', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('product_code', 'varchar(64)', required=true) }},
                {{ cast_fault('customer_identifier', 'varchar(64)', required=true) }},
                {{ cast_fault('dimension', 'varchar(60)', required=true) }},
                {{ cast_fault('quantity', 'bigint', required=true) }},
                {{ cast_fault('usage_time', 'timestamptz', required=true) }},
                {{ cast_fault('correlation_id', 'varchar(64)', required=true) }},
                {{ cast_fault('status', 'varchar(32)') }},
                {{ cast_fault('metering_record_id', 'varchar(64)') }},
                {{ cast_fault('sent_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.id', 'varchar(128)') }} as id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.product_code', 'varchar(64)') }} as product_code,
            {{ cast_or_null('sent.customer_identifier', 'varchar(64)') }} as customer_identifier,
            {{ cast_or_null('sent.dimension', 'varchar(60)') }} as dimension,
            {{ cast_or_null('sent.quantity', 'bigint') }} as quantity,
            {{ cast_or_null('sent.usage_time', 'timestamptz') }} as usage_time,
            {{ cast_or_null('sent.correlation_id', 'varchar(64)') }} as correlation_id,
            {{ cast_or_null('sent.status', 'varchar(32)') }} as status,
            {{ cast_or_null('sent.metering_record_id', 'varchar(64)') }} as metering_record_id,
            {{ cast_or_null('sent.sent_at', 'timestamptz') }} as sent_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        id,
        tenant_id,
        product_code,
        customer_identifier,
        dimension,
        quantity,
        usage_time,
        correlation_id,
        status,
        metering_record_id,
        sent_at,
        _cast_faults || array_remove(array[
            case
                when not (dimension ~ '^[A-Za-z0-9_.-]{1,60}$')
                    then 'dimension: does not fit ^[A-Za-z0-9_.-]{1,60}$'
            end,
            case
                when not (quantity between 0 and 2147483647)
                    then 'quantity: expected 0 to 2147483647'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (status in ('Success', 'CustomerNotSubscribed', 'DuplicateRecord'))
                    then 'status: expected one of Success, CustomerNotSubscribed, DuplicateRecord'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    id,
    tenant_id,
    product_code,
    customer_identifier,
    dimension,
    quantity,
    usage_time,
    correlation_id,
    status,
    metering_record_id,
    sent_at,
    (extract(epoch from sent_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    sent_at as _valid_from,
    _errors || {{ too_long_for_an_index('meter_usage') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
