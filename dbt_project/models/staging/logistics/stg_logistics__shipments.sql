-- One row per claimed raw record of shipments, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/logistics/shipments.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('logistics', 'source_shipments') }}
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
        nullif(_payload ->> 'id', '') as shipment_id,
        _payload ->> 'waybill' as waybill_number,
        _payload ->> 'carrier' as carrier_code,
        _payload ->> 'from' as origin_site_code,
        _payload ->> 'to' as destination_site_code,
        _payload ->> 'lane' as lane_id,
        nullif(_payload ->> 'order', '') as order_id,
        _payload ->> 'status' as status,
        nullif(_payload #>> '{weight, gross_kg}', '') as gross_weight_kg,
        nullif(_payload ->> 'created_at', '') as created_at,
        nullif(_payload ->> 'promised_at', '') as promised_at,
        nullif(_payload ->> 'departed_at', '') as departed_at,
        nullif(_payload ->> 'delivered_at', '') as delivered_at,
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
        typed.waybill_number,
        typed.carrier_code,
        typed.origin_site_code,
        typed.destination_site_code,
        typed.lane_id,
        typed.order_id,
        typed.status,
        typed.gross_weight_kg,
        typed.created_at,
        typed.promised_at,
        typed.departed_at,
        typed.delivered_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('shipment_id', 'uuid', required=true) }},
                {{ cast_fault('waybill_number', 'varchar(35)') }},
                {{ cast_fault('carrier_code', 'varchar(4)', required=true) }},
                {{ cast_fault('origin_site_code', 'varchar(16)', required=true) }},
                {{ cast_fault('destination_site_code', 'varchar(16)') }},
                {{ cast_fault('lane_id', 'varchar(40)') }},
                {{ cast_fault('order_id', 'uuid') }},
                {{ cast_fault('status', 'varchar(12)', required=true) }},
                {{ cast_fault('gross_weight_kg', 'numeric(12,3)') }},
                {{ cast_fault('created_at', 'timestamptz', required=true) }},
                {{ cast_fault('promised_at', 'timestamptz') }},
                {{ cast_fault('departed_at', 'timestamptz') }},
                {{ cast_fault('delivered_at', 'timestamptz') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.shipment_id', 'uuid') }} as shipment_id,
            {{ cast_or_null('sent.waybill_number', 'varchar(35)') }} as waybill_number,
            {{ cast_or_null('sent.carrier_code', 'varchar(4)') }} as carrier_code,
            {{ cast_or_null('sent.origin_site_code', 'varchar(16)') }} as origin_site_code,
            {{ cast_or_null('sent.destination_site_code', 'varchar(16)') }} as destination_site_code,
            {{ cast_or_null('sent.lane_id', 'varchar(40)') }} as lane_id,
            {{ cast_or_null('sent.order_id', 'uuid') }} as order_id,
            {{ cast_or_null('sent.status', 'varchar(12)') }} as status,
            {{ cast_or_null('sent.gross_weight_kg', 'numeric(12,3)') }} as gross_weight_kg,
            {{ cast_or_null('sent.created_at', 'timestamptz') }} as created_at,
            {{ cast_or_null('sent.promised_at', 'timestamptz') }} as promised_at,
            {{ cast_or_null('sent.departed_at', 'timestamptz') }} as departed_at,
            {{ cast_or_null('sent.delivered_at', 'timestamptz') }} as delivered_at,
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
        typed.waybill_number,
        typed.carrier_code,
        typed.origin_site_code,
        typed.destination_site_code,
        typed.lane_id,
        typed.order_id,
        typed.status,
        typed.gross_weight_kg,
        typed.created_at,
        typed.promised_at,
        typed.departed_at,
        typed.delivered_at,
        typed.updated_at,
        computed.is_on_time,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('is_on_time', 'boolean', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (case when delivered_at is null or promised_at is null then null else delivered_at <= promised_at end)::text as is_on_time
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.is_on_time', 'boolean') }} as is_on_time
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
        waybill_number,
        carrier_code,
        origin_site_code,
        destination_site_code,
        lane_id,
        order_id,
        status,
        gross_weight_kg,
        created_at,
        promised_at,
        departed_at,
        delivered_at,
        is_on_time,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (status in ('booked', 'in_transit', 'exception', 'delivered', 'cancelled'))
                    then 'status: expected one of booked, in_transit, exception, delivered, cancelled'
            end,
            case
                when not (gross_weight_kg >= 0)
                    then 'gross_weight_kg: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (gross_weight_kg between 0 and 30000)
                    then 'gross_weight_kg: expected 0 to 30000'
            end,
            case
                when not (delivered_at is null or departed_at is null or delivered_at >= departed_at)
                    then 'delivered_at: does not hold: delivered_at is null or departed_at is null or delivered_at >= departed_at'
            end,
            case
                when not (delivered_at is not null or status <> 'delivered')
                    then 'delivered_at: does not hold: delivered_at is not null or status <> ''delivered'''
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    shipment_id,
    waybill_number,
    carrier_code,
    origin_site_code,
    destination_site_code,
    lane_id,
    order_id,
    status,
    gross_weight_kg,
    created_at,
    promised_at,
    departed_at,
    delivered_at,
    is_on_time,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('shipments') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
