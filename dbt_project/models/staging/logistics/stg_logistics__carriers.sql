-- One row per claimed raw record of carriers, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/logistics/carriers.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('logistics', 'source_carriers') }}
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
        _payload ->> 'code' as carrier_code,
        _payload ->> 'name' as carrier_name,
        _payload ->> 'mode' as transport_mode,
        nullif(_payload ->> 'active', '') as is_active,
        nullif(_payload ->> 'contract_until', '') as contract_until,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.carrier_code,
        typed.carrier_name,
        typed.transport_mode,
        typed.is_active,
        typed.contract_until,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('carrier_code', 'varchar(4)', required=true) }},
                {{ cast_fault('carrier_name', 'varchar(120)', required=true) }},
                {{ cast_fault('transport_mode', 'varchar(8)', required=true) }},
                {{ cast_fault('is_active', 'boolean', required=true) }},
                {{ cast_fault('contract_until', 'date') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.carrier_code', 'varchar(4)') }} as carrier_code,
            {{ cast_or_null('sent.carrier_name', 'varchar(120)') }} as carrier_name,
            {{ cast_or_null('sent.transport_mode', 'varchar(8)') }} as transport_mode,
            {{ cast_or_null('sent.is_active', 'boolean') }} as is_active,
            {{ cast_or_null('sent.contract_until', 'date') }} as contract_until,
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
        carrier_code,
        carrier_name,
        transport_mode,
        is_active,
        contract_until,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (carrier_code ~ '^[A-Z0-9]{2,4}$')
                    then 'carrier_code: does not fit ^[A-Z0-9]{2,4}$'
            end,
            case
                when not (char_length(carrier_name) between 1 and 120)
                    then 'carrier_name: expected 1 to 120 characters'
            end,
            case
                when not (transport_mode in ('road', 'rail', 'air', 'sea', 'parcel'))
                    then 'transport_mode: expected one of road, rail, air, sea, parcel'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    carrier_code,
    carrier_name,
    transport_mode,
    is_active,
    contract_until,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('carriers') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
