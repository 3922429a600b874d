-- One row per claimed raw record of products, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/products.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('commerce', 'source_products') }}
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
        _payload ->> 'sku' as sku,
        _payload ->> 'name' as product_name,
        _payload ->> 'type' as product_type,
        nullif(_payload ->> 'price', '') as price,
        _payload ->> 'description' as description,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.sku,
        typed.product_name,
        typed.product_type,
        typed.price,
        typed.description,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('sku', 'varchar(16)', required=true) }},
                {{ cast_fault('product_name', 'varchar(120)', required=true) }},
                {{ cast_fault('product_type', 'varchar(20)', required=true) }},
                {{ cast_fault('price', 'integer', required=true) }},
                {{ cast_fault('description', 'text') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.sku', 'varchar(16)') }} as sku,
            {{ cast_or_null('sent.product_name', 'varchar(120)') }} as product_name,
            {{ cast_or_null('sent.product_type', 'varchar(20)') }} as product_type,
            {{ cast_or_null('sent.price', 'integer') }} as price,
            {{ cast_or_null('sent.description', 'text') }} as description,
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
        _correlation_id,
        sku,
        product_name,
        product_type,
        price,
        description,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (sku ~ '^[A-Z]{3}-[0-9]{3}$')
                    then 'sku: does not fit ^[A-Z]{3}-[0-9]{3}$'
            end,
            case
                when not (char_length(product_name) between 1 and 120)
                    then 'product_name: expected 1 to 120 characters'
            end,
            case
                when not (price >= 0)
                    then 'price: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (product_type in ('jaffle', 'beverage'))
                    then 'product_type: expected one of jaffle, beverage'
            end,
            case
                when not (price between 100 and 5000)
                    then 'price: expected 100 to 5000'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    sku,
    product_name,
    product_type,
    price,
    description,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('products') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
