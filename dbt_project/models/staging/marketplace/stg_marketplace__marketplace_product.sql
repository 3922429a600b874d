-- One row per claimed raw record of marketplace_product, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/marketplace_product.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketplace', 'source_marketplace_product') }}
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
        _payload ->> 'EntityIdentifier' as entity_id,
        _payload #>> '{Details, Description, ProductCode}' as product_code,
        _payload #>> '{Details, Description, ProductTitle}' as title,
        _payload ->> 'EntityType' as entity_type,
        _payload #>> '{Details, Description, ProductState}' as state,
        _payload ->> 'PricingModel' as pricing_model,
        nullif(nullif(_payload #> '{Details, Description, Categories}', 'null'), '""') as categories,
        nullif(_payload ->> 'LastModifiedDate', '') as last_modified_at,
        nullif(_payload, 'null') as payload_json
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
        typed.entity_id,
        typed.product_code,
        typed.title,
        typed.entity_type,
        typed.state,
        typed.pricing_model,
        typed.categories,
        typed.last_modified_at,
        typed.payload_json,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('entity_id', 'varchar(64)', required=true) }},
                {{ cast_fault('product_code', 'varchar(64)') }},
                {{ cast_fault('title', 'varchar(255)', required=true) }},
                {{ cast_fault('entity_type', 'varchar(40)', required=true) }},
                {{ cast_fault('state', 'varchar(16)', required=true) }},
                {{ cast_fault('pricing_model', 'varchar(32)', required=true) }},
                {{ cast_fault('categories', 'text[]') }},
                {{ cast_fault('last_modified_at', 'timestamptz', required=true) }},
                {{ cast_fault('payload_json', 'jsonb') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.entity_id', 'varchar(64)') }} as entity_id,
            {{ cast_or_null('sent.product_code', 'varchar(64)') }} as product_code,
            {{ cast_or_null('sent.title', 'varchar(255)') }} as title,
            {{ cast_or_null('sent.entity_type', 'varchar(40)') }} as entity_type,
            {{ cast_or_null('sent.state', 'varchar(16)') }} as state,
            {{ cast_or_null('sent.pricing_model', 'varchar(32)') }} as pricing_model,
            {{ cast_or_null('sent.categories', 'text[]') }} as categories,
            {{ cast_or_null('sent.last_modified_at', 'timestamptz') }} as last_modified_at,
            {{ cast_or_null('sent.payload_json', 'jsonb') }} as payload_json
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
        typed.entity_id,
        typed.product_code,
        typed.title,
        typed.entity_type,
        typed.state,
        typed.pricing_model,
        typed.categories,
        typed.last_modified_at,
        typed.payload_json,
        computed.id,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('id', 'varchar(128)', required=true, sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (tenant_id || ':' || entity_id)::text as id
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.id', 'varchar(128)') }} as id
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
        id,
        tenant_id,
        entity_id,
        product_code,
        title,
        entity_type,
        state,
        pricing_model,
        categories,
        last_modified_at,
        payload_json,
        _cast_faults || array_remove(array[
            case
                when not (entity_id ~ '^prod-[a-z0-9]{4,40}$')
                    then 'entity_id: does not fit ^prod-[a-z0-9]{4,40}$'
            end,
            case
                when not (char_length(title) between 1 and 255)
                    then 'title: expected 1 to 255 characters'
            end,
            case
                when not (pricing_model in ('contract', 'usage', 'contract_with_consumption', 'free', 'byol'))
                    then 'pricing_model: expected one of contract, usage, contract_with_consumption, free, byol'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (state in ('Draft', 'Limited', 'Public', 'Restricted'))
                    then 'state: expected one of Draft, Limited, Public, Restricted'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    id,
    tenant_id,
    entity_id,
    product_code,
    title,
    entity_type,
    state,
    pricing_model,
    categories,
    last_modified_at,
    payload_json,
    (extract(epoch from last_modified_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    last_modified_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketplace_product') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
