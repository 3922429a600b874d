-- One row per claimed raw record of aws_product, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/aws_product.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('partner_central', 'source_aws_product') }}
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
        _payload ->> 'Identifier' as product_code,
        _payload ->> 'Name' as product_name,
        _payload ->> 'Family' as product_family,
        _payload ->> 'Description' as product_description,
        coalesce(nullif(_payload ->> 'Retired', ''), 'false') as is_retired
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.product_code,
        typed.product_name,
        typed.product_family,
        typed.product_description,
        typed.is_retired,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('product_code', 'varchar(80)', required=true) }},
                {{ cast_fault('product_name', 'varchar(200)', required=true) }},
                {{ cast_fault('product_family', 'varchar(80)') }},
                {{ cast_fault('product_description', 'text') }},
                {{ cast_fault('is_retired', 'boolean', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.product_code', 'varchar(80)') }} as product_code,
            {{ cast_or_null('sent.product_name', 'varchar(200)') }} as product_name,
            {{ cast_or_null('sent.product_family', 'varchar(80)') }} as product_family,
            {{ cast_or_null('sent.product_description', 'text') }} as product_description,
            {{ cast_or_null('sent.is_retired', 'boolean') }} as is_retired
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        product_code,
        product_name,
        product_family,
        product_description,
        is_retired,
        _cast_faults || array_remove(array[
            case
                when not (product_code ~ '^[A-Za-z0-9_.-]+$')
                    then 'product_code: does not fit ^[A-Za-z0-9_.-]+$'
            end,
            case
                when not (char_length(product_name) between 1 and 200)
                    then 'product_name: expected 1 to 200 characters'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    product_code,
    product_name,
    product_family,
    product_description,
    is_retired,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('aws_product') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 2, 2)::numeric(3, 2) as _quality_score
from judged
