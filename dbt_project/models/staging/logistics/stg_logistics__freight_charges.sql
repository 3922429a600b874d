-- One row per claimed raw record of freight_charges, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/logistics/freight_charges.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('logistics', 'source_freight_charges') }}
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
        _payload ->> 'id' as charge_id,
        nullif(_payload ->> 'shipment', '') as shipment_id,
        _payload ->> 'carrier' as carrier_code,
        _payload ->> 'type' as charge_type,
        nullif(_payload #>> '{amount, value}', '') as amount,
        _payload #>> '{amount, currency}' as currency,
        coalesce(nullif(_payload ->> 'disputed', ''), 'false') as is_disputed,
        nullif(_payload ->> 'charged_on', '') as charged_on,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.charge_id,
        typed.shipment_id,
        typed.carrier_code,
        typed.charge_type,
        typed.amount,
        typed.currency,
        typed.is_disputed,
        typed.charged_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('charge_id', 'varchar(40)', required=true) }},
                {{ cast_fault('shipment_id', 'uuid', required=true) }},
                {{ cast_fault('carrier_code', 'varchar(4)', required=true) }},
                {{ cast_fault('charge_type', 'varchar(12)', required=true) }},
                {{ cast_fault('amount', 'numeric(14,2)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('is_disputed', 'boolean', required=true) }},
                {{ cast_fault('charged_on', 'date', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.charge_id', 'varchar(40)') }} as charge_id,
            {{ cast_or_null('sent.shipment_id', 'uuid') }} as shipment_id,
            {{ cast_or_null('sent.carrier_code', 'varchar(4)') }} as carrier_code,
            {{ cast_or_null('sent.charge_type', 'varchar(12)') }} as charge_type,
            {{ cast_or_null('sent.amount', 'numeric(14,2)') }} as amount,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.is_disputed', 'boolean') }} as is_disputed,
            {{ cast_or_null('sent.charged_on', 'date') }} as charged_on,
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
        charge_id,
        shipment_id,
        carrier_code,
        charge_type,
        amount,
        currency,
        is_disputed,
        charged_on,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (charge_type in ('base', 'fuel', 'toll', 'waiting', 'customs', 'insurance', 'correction'))
                    then 'charge_type: expected one of base, fuel, toll, waiting, customs, insurance, correction'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (amount between -50000 and 50000)
                    then 'amount: expected -50000 to 50000'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    charge_id,
    shipment_id,
    carrier_code,
    charge_type,
    amount,
    currency,
    is_disputed,
    charged_on,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('freight_charges') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
