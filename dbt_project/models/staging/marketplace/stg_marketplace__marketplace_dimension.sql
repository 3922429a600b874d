-- One row per claimed raw record of marketplace_dimension, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/marketplace_dimension.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketplace', 'source_marketplace_dimension') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        {{ correlation_id('_payload', '_run_id') }} as _correlation_id,
        _payload,
        coalesce(nullif(_payload ->> 'tenant_id', ''), '00000000-0000-0000-0000-000000000000') as tenant_id,
        _payload ->> 'DimensionId' as dimension_id,
        _payload ->> 'EntityIdentifier' as product_id,
        _payload ->> 'Key' as dimension_key,
        _payload ->> 'Name' as display_name,
        _payload ->> 'Unit' as unit,
        _payload -> 'Types' ->> 0 as dimension_type
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.tenant_id,
        typed.dimension_id,
        typed.product_id,
        typed.dimension_key,
        typed.display_name,
        typed.unit,
        typed.dimension_type,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('dimension_id', 'varchar(128)', required=true) }},
                {{ cast_fault('product_id', 'varchar(64)', required=true) }},
                {{ cast_fault('dimension_key', 'varchar(60)', required=true) }},
                {{ cast_fault('display_name', 'varchar(255)', required=true) }},
                {{ cast_fault('unit', 'varchar(40)', required=true) }},
                {{ cast_fault('dimension_type', 'varchar(40)', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.dimension_id', 'varchar(128)') }} as dimension_id,
            {{ cast_or_null('sent.product_id', 'varchar(64)') }} as product_id,
            {{ cast_or_null('sent.dimension_key', 'varchar(60)') }} as dimension_key,
            {{ cast_or_null('sent.display_name', 'varchar(255)') }} as display_name,
            {{ cast_or_null('sent.unit', 'varchar(40)') }} as unit,
            {{ cast_or_null('sent.dimension_type', 'varchar(40)') }} as dimension_type
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed._correlation_id,
        typed.tenant_id,
        typed.dimension_id,
        typed.product_id,
        typed.dimension_key,
        typed.display_name,
        typed.unit,
        typed.dimension_type,
        computed.is_metered,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('is_metered', 'boolean', required=true, sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (dimension_type = 'ExternallyMetered')::text as is_metered
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.is_metered', 'boolean') }} as is_metered
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
        tenant_id,
        dimension_id,
        product_id,
        dimension_key,
        display_name,
        unit,
        is_metered,
        dimension_type,
        _cast_faults || array_remove(array[
            case
                when not (dimension_key ~ '^[A-Za-z0-9_.-]{1,60}$')
                    then 'dimension_key: does not fit ^[A-Za-z0-9_.-]{1,60}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (dimension_type in ('Entitled', 'ExternallyMetered', 'Metered'))
                    then 'dimension_type: expected one of Entitled, ExternallyMetered, Metered'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    dimension_id,
    product_id,
    dimension_key,
    display_name,
    unit,
    is_metered,
    dimension_type,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketplace_dimension') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
