-- One row per claimed raw record of supplier_assessments, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/procurement/supplier_assessments.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('procurement', 'source_supplier_assessments') }}
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
        _payload ->> 'vendor_no' as supplier_id,
        _payload ->> 'quarter' as quarter,
        nullif(_payload #>> '{points, delivery}', '') as delivery_points,
        nullif(_payload #>> '{points, quality}', '') as quality_points,
        nullif(_payload #>> '{points, price}', '') as price_points,
        nullif(_payload #>> '{points, esg}', '') as sustainability_points,
        nullif(_payload ->> 'assessed_on', '') as assessed_on,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.supplier_id,
        typed.quarter,
        typed.delivery_points,
        typed.quality_points,
        typed.price_points,
        typed.sustainability_points,
        typed.assessed_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('supplier_id', 'varchar(16)', required=true) }},
                {{ cast_fault('quarter', 'varchar(7)', required=true) }},
                {{ cast_fault('delivery_points', 'smallint', required=true) }},
                {{ cast_fault('quality_points', 'smallint', required=true) }},
                {{ cast_fault('price_points', 'smallint') }},
                {{ cast_fault('sustainability_points', 'smallint') }},
                {{ cast_fault('assessed_on', 'date', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.supplier_id', 'varchar(16)') }} as supplier_id,
            {{ cast_or_null('sent.quarter', 'varchar(7)') }} as quarter,
            {{ cast_or_null('sent.delivery_points', 'smallint') }} as delivery_points,
            {{ cast_or_null('sent.quality_points', 'smallint') }} as quality_points,
            {{ cast_or_null('sent.price_points', 'smallint') }} as price_points,
            {{ cast_or_null('sent.sustainability_points', 'smallint') }} as sustainability_points,
            {{ cast_or_null('sent.assessed_on', 'date') }} as assessed_on,
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
        typed.supplier_id,
        typed.quarter,
        typed.delivery_points,
        typed.quality_points,
        typed.price_points,
        typed.sustainability_points,
        typed.assessed_on,
        typed.updated_at,
        computed.overall_points,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('overall_points', 'numeric(5,2)', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (round(((cast(delivery_points as decimal) + cast(quality_points as decimal)) / 2)::numeric, 2))::text as overall_points
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.overall_points', 'numeric(5,2)') }} as overall_points
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        supplier_id,
        quarter,
        delivery_points,
        quality_points,
        price_points,
        sustainability_points,
        overall_points,
        assessed_on,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (quarter ~ '^[0-9]{4}-Q[1-4]$')
                    then 'quarter: does not fit ^[0-9]{4}-Q[1-4]$'
            end,
            case
                when not (delivery_points between 0 and 100)
                    then 'delivery_points: expected 0 to 100'
            end,
            case
                when not (quality_points between 0 and 100)
                    then 'quality_points: expected 0 to 100'
            end,
            case
                when not (price_points between 0 and 100)
                    then 'price_points: expected 0 to 100'
            end,
            case
                when not (sustainability_points between 0 and 100)
                    then 'sustainability_points: expected 0 to 100'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    supplier_id,
    quarter,
    delivery_points,
    quality_points,
    price_points,
    sustainability_points,
    overall_points,
    assessed_on,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('supplier_assessments') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
