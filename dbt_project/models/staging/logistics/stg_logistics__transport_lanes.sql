-- One row per claimed raw record of transport_lanes, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/logistics/transport_lanes.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('logistics', 'source_transport_lanes') }}
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
        _payload ->> 'id' as lane_id,
        _payload ->> 'from' as origin_site_code,
        _payload ->> 'to' as destination_site_code,
        _payload ->> 'mode' as transport_mode,
        nullif(_payload ->> 'distance_km', '') as distance_km,
        nullif(_payload #>> '{transit, hours}', '') as planned_transit_hours,
        nullif(_payload #>> '{cost, per_kg}', '') as planned_cost_per_kg,
        _payload #>> '{cost, currency}' as currency,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.lane_id,
        typed.origin_site_code,
        typed.destination_site_code,
        typed.transport_mode,
        typed.distance_km,
        typed.planned_transit_hours,
        typed.planned_cost_per_kg,
        typed.currency,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('lane_id', 'varchar(40)', required=true) }},
                {{ cast_fault('origin_site_code', 'varchar(16)', required=true) }},
                {{ cast_fault('destination_site_code', 'varchar(16)', required=true) }},
                {{ cast_fault('transport_mode', 'varchar(8)', required=true) }},
                {{ cast_fault('distance_km', 'numeric(9,1)') }},
                {{ cast_fault('planned_transit_hours', 'numeric(7,2)', required=true) }},
                {{ cast_fault('planned_cost_per_kg', 'numeric(12,4)') }},
                {{ cast_fault('currency', 'varchar(3)') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.lane_id', 'varchar(40)') }} as lane_id,
            {{ cast_or_null('sent.origin_site_code', 'varchar(16)') }} as origin_site_code,
            {{ cast_or_null('sent.destination_site_code', 'varchar(16)') }} as destination_site_code,
            {{ cast_or_null('sent.transport_mode', 'varchar(8)') }} as transport_mode,
            {{ cast_or_null('sent.distance_km', 'numeric(9,1)') }} as distance_km,
            {{ cast_or_null('sent.planned_transit_hours', 'numeric(7,2)') }} as planned_transit_hours,
            {{ cast_or_null('sent.planned_cost_per_kg', 'numeric(12,4)') }} as planned_cost_per_kg,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
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
        lane_id,
        origin_site_code,
        destination_site_code,
        transport_mode,
        distance_km,
        planned_transit_hours,
        planned_cost_per_kg,
        currency,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (lane_id ~ '^[A-Z0-9-]+-[a-z]+$')
                    then 'lane_id: does not fit ^[A-Z0-9-]+-[a-z]+$'
            end,
            case
                when not (destination_site_code <> origin_site_code)
                    then 'destination_site_code: does not hold: destination_site_code <> origin_site_code'
            end,
            case
                when not (transport_mode in ('road', 'rail', 'air', 'sea', 'parcel'))
                    then 'transport_mode: expected one of road, rail, air, sea, parcel'
            end,
            case
                when not (distance_km between 0 and 25000)
                    then 'distance_km: expected 0 to 25000'
            end,
            case
                when not (planned_transit_hours between 0 and 2400)
                    then 'planned_transit_hours: expected 0 to 2400'
            end,
            case
                when not (planned_cost_per_kg >= 0)
                    then 'planned_cost_per_kg: expected at least 0'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (planned_cost_per_kg is null or currency is not null)
                    then 'currency: does not hold: planned_cost_per_kg is null or currency is not null'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    lane_id,
    origin_site_code,
    destination_site_code,
    transport_mode,
    distance_km,
    planned_transit_hours,
    planned_cost_per_kg,
    currency,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('transport_lanes') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 8, 2)::numeric(3, 2) as _quality_score
from judged
