-- One row per claimed raw record of tracking_events, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/logistics/tracking_events.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('logistics', 'source_tracking_events') }}
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
        _payload ->> 'eventId' as event_id,
        nullif(_payload ->> 'shipmentRef', '') as shipment_id,
        _payload ->> 'type' as event_type,
        _payload #>> '{location, code}' as site_code,
        nullif(_payload ->> 'delayMinutes', '') as delay_minutes,
        nullif(_payload ->> 'timestamp', '') as occurred_at,
        _payload ->> 'text' as remark
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.event_id,
        typed.shipment_id,
        typed.event_type,
        typed.site_code,
        typed.delay_minutes,
        typed.occurred_at,
        typed.remark,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('event_id', 'varchar(64)', required=true) }},
                {{ cast_fault('shipment_id', 'uuid', required=true) }},
                {{ cast_fault('event_type', 'varchar(20)', required=true) }},
                {{ cast_fault('site_code', 'varchar(16)') }},
                {{ cast_fault('delay_minutes', 'integer') }},
                {{ cast_fault('occurred_at', 'timestamptz', required=true) }},
                {{ cast_fault('remark', 'varchar(400)') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.event_id', 'varchar(64)') }} as event_id,
            {{ cast_or_null('sent.shipment_id', 'uuid') }} as shipment_id,
            {{ cast_or_null('sent.event_type', 'varchar(20)') }} as event_type,
            {{ cast_or_null('sent.site_code', 'varchar(16)') }} as site_code,
            {{ cast_or_null('sent.delay_minutes', 'integer') }} as delay_minutes,
            {{ cast_or_null('sent.occurred_at', 'timestamptz') }} as occurred_at,
            {{ cast_or_null('sent.remark', 'varchar(400)') }} as remark
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        event_id,
        shipment_id,
        event_type,
        site_code,
        delay_minutes,
        occurred_at,
        remark,
        _cast_faults || array_remove(array[
            case
                when not (event_id ~ '^[A-Z0-9]{2,4}:.+$')
                    then 'event_id: does not fit ^[A-Z0-9]{2,4}:.+$'
            end,
            case
                when not (delay_minutes >= 0)
                    then 'delay_minutes: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (event_type in ('picked_up', 'departed_hub', 'arrived_at_hub', 'customs_hold', 'customs_release', 'delay', 'damage', 'delivery_attempt', 'delivered'))
                    then 'event_type: expected one of picked_up, departed_hub, arrived_at_hub, customs_hold, customs_release, delay, damage, delivery_attempt, delivered'
            end,
            case
                when not (delay_minutes between 0 and 20160)
                    then 'delay_minutes: expected 0 to 20160'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    event_id,
    shipment_id,
    event_type,
    site_code,
    delay_minutes,
    occurred_at,
    remark,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('tracking_events') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
