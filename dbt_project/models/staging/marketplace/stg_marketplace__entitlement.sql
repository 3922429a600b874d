-- One row per claimed raw record of entitlement, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/entitlement.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketplace', 'source_entitlement') }}
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
        _payload ->> 'ProductCode' as product_code,
        _payload ->> 'CustomerIdentifier' as customer_identifier,
        _payload ->> 'Dimension' as dimension,
        nullif(_payload #>> '{Value, IntegerValue}', '') as granted_quantity,
        nullif(_payload ->> 'ExpirationDate', '') as expires_at,
        nullif(_payload ->> 'AsOf', '') as as_of
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
        typed.product_code,
        typed.customer_identifier,
        typed.dimension,
        typed.granted_quantity,
        typed.expires_at,
        typed.as_of,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('product_code', 'varchar(64)', required=true) }},
                {{ cast_fault('customer_identifier', 'varchar(64)', required=true) }},
                {{ cast_fault('dimension', 'varchar(60)', required=true) }},
                {{ cast_fault('granted_quantity', 'bigint', required=true) }},
                {{ cast_fault('expires_at', 'timestamptz') }},
                {{ cast_fault('as_of', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.product_code', 'varchar(64)') }} as product_code,
            {{ cast_or_null('sent.customer_identifier', 'varchar(64)') }} as customer_identifier,
            {{ cast_or_null('sent.dimension', 'varchar(60)') }} as dimension,
            {{ cast_or_null('sent.granted_quantity', 'bigint') }} as granted_quantity,
            {{ cast_or_null('sent.expires_at', 'timestamptz') }} as expires_at,
            {{ cast_or_null('sent.as_of', 'timestamptz') }} as as_of
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
        tenant_id,
        product_code,
        customer_identifier,
        dimension,
        granted_quantity,
        expires_at,
        as_of,
        _cast_faults || array_remove(array[
            case
                when not (granted_quantity >= 0)
                    then 'granted_quantity: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    product_code,
    customer_identifier,
    dimension,
    granted_quantity,
    expires_at,
    as_of,
    (extract(epoch from as_of) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    as_of as _valid_from,
    _errors || {{ too_long_for_an_index('entitlement') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 2, 2)::numeric(3, 2) as _quality_score
from judged
