-- One row per claimed raw record of logistics_sites, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/logistics/logistics_sites.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('logistics', 'source_logistics_sites') }}
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
        _payload ->> 'code' as site_code,
        _payload ->> 'name' as site_name,
        _payload ->> 'type' as site_type,
        _payload #>> '{address, country}' as country_code,
        _payload #>> '{address, city}' as city,
        nullif(_payload #>> '{position, lat}', '') as latitude,
        nullif(_payload #>> '{position, lon}', '') as longitude,
        _payload ->> 'tz' as time_zone,
        nullif(_payload ->> 'owned', '') as is_owned,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.site_code,
        typed.site_name,
        typed.site_type,
        typed.country_code,
        typed.city,
        typed.latitude,
        typed.longitude,
        typed.time_zone,
        typed.is_owned,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('site_code', 'varchar(16)', required=true) }},
                {{ cast_fault('site_name', 'varchar(120)', required=true) }},
                {{ cast_fault('site_type', 'varchar(16)', required=true) }},
                {{ cast_fault('country_code', 'varchar(2)', required=true) }},
                {{ cast_fault('city', 'varchar(80)') }},
                {{ cast_fault('latitude', 'numeric(9,6)') }},
                {{ cast_fault('longitude', 'numeric(9,6)') }},
                {{ cast_fault('time_zone', 'varchar(48)', required=true) }},
                {{ cast_fault('is_owned', 'boolean', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.site_code', 'varchar(16)') }} as site_code,
            {{ cast_or_null('sent.site_name', 'varchar(120)') }} as site_name,
            {{ cast_or_null('sent.site_type', 'varchar(16)') }} as site_type,
            {{ cast_or_null('sent.country_code', 'varchar(2)') }} as country_code,
            {{ cast_or_null('sent.city', 'varchar(80)') }} as city,
            {{ cast_or_null('sent.latitude', 'numeric(9,6)') }} as latitude,
            {{ cast_or_null('sent.longitude', 'numeric(9,6)') }} as longitude,
            {{ cast_or_null('sent.time_zone', 'varchar(48)') }} as time_zone,
            {{ cast_or_null('sent.is_owned', 'boolean') }} as is_owned,
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
        site_code,
        site_name,
        site_type,
        country_code,
        city,
        latitude,
        longitude,
        time_zone,
        is_owned,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (site_code ~ '^[A-Z0-9][A-Z0-9-]{1,15}$')
                    then 'site_code: does not fit ^[A-Z0-9][A-Z0-9-]{1,15}$'
            end,
            case
                when not (char_length(site_name) between 1 and 120)
                    then 'site_name: expected 1 to 120 characters'
            end,
            case
                when not (site_type in ('warehouse', 'cross_dock', 'store', 'supplier', 'port', 'airport'))
                    then 'site_type: expected one of warehouse, cross_dock, store, supplier, port, airport'
            end,
            case
                when not (country_code ~ '^[A-Z]{2}$')
                    then 'country_code: does not fit ^[A-Z]{2}$'
            end,
            case
                when not (latitude between -90 and 90)
                    then 'latitude: expected -90 to 90'
            end,
            case
                when not (longitude between -180 and 180)
                    then 'longitude: expected -180 to 180'
            end,
            case
                when not (time_zone ~ '^[A-Z][A-Za-z_]+(/[A-Za-z_-]+)?(/[A-Za-z_-]+)?$')
                    then 'time_zone: does not fit ^[A-Z][A-Za-z_]+(/[A-Za-z_-]+)?(/[A-Za-z_-]+)?$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not ((latitude is null) = (longitude is null))
                    then 'longitude: does not hold: (latitude is null) = (longitude is null)'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    site_code,
    site_name,
    site_type,
    country_code,
    city,
    latitude,
    longitude,
    time_zone,
    is_owned,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('logistics_sites') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 8, 2)::numeric(3, 2) as _quality_score
from judged
