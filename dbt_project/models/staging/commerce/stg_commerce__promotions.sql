-- One row per claimed raw record of promotions, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/promotions.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('commerce', 'source_promotions') }}
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
        _payload ->> 'code' as promotion_code,
        _payload ->> 'name' as promotion_name,
        _payload ->> 'type' as discount_type,
        nullif(_payload ->> 'value', '') as discount_value,
        _payload ->> 'item' as free_sku,
        nullif(_payload ->> 'starts_at', '') as starts_at,
        nullif(_payload ->> 'ends_at', '') as ends_at,
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
        typed.promotion_code,
        typed.promotion_name,
        typed.discount_type,
        typed.discount_value,
        typed.free_sku,
        typed.starts_at,
        typed.ends_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('promotion_code', 'varchar(24)', required=true) }},
                {{ cast_fault('promotion_name', 'varchar(120)', required=true) }},
                {{ cast_fault('discount_type', 'varchar(8)', required=true) }},
                {{ cast_fault('discount_value', 'numeric(9,2)', required=true) }},
                {{ cast_fault('free_sku', 'varchar(16)') }},
                {{ cast_fault('starts_at', 'timestamptz', required=true) }},
                {{ cast_fault('ends_at', 'timestamptz') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.promotion_code', 'varchar(24)') }} as promotion_code,
            {{ cast_or_null('sent.promotion_name', 'varchar(120)') }} as promotion_name,
            {{ cast_or_null('sent.discount_type', 'varchar(8)') }} as discount_type,
            {{ cast_or_null('sent.discount_value', 'numeric(9,2)') }} as discount_value,
            {{ cast_or_null('sent.free_sku', 'varchar(16)') }} as free_sku,
            {{ cast_or_null('sent.starts_at', 'timestamptz') }} as starts_at,
            {{ cast_or_null('sent.ends_at', 'timestamptz') }} as ends_at,
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
        promotion_code,
        promotion_name,
        discount_type,
        discount_value,
        free_sku,
        starts_at,
        ends_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (promotion_code ~ '^[A-Z][A-Z0-9]*$')
                    then 'promotion_code: does not fit ^[A-Z][A-Z0-9]*$'
            end,
            case
                when not (char_length(promotion_name) between 1 and 120)
                    then 'promotion_name: expected 1 to 120 characters'
            end,
            case
                when not (discount_type in ('percent', 'amount', 'item'))
                    then 'discount_type: expected one of percent, amount, item'
            end,
            case
                when not (discount_value >= 0)
                    then 'discount_value: expected at least 0'
            end,
            case
                when not (discount_type <> 'percent' or discount_value <= 100)
                    then 'discount_value: does not hold: discount_type <> ''percent'' or discount_value <= 100'
            end,
            case
                when not (ends_at is null or ends_at > starts_at)
                    then 'ends_at: does not hold: ends_at is null or ends_at > starts_at'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not ((free_sku is not null) = (discount_type = 'item'))
                    then 'free_sku: does not hold: (free_sku is not null) = (discount_type = ''item'')'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    promotion_code,
    promotion_name,
    discount_type,
    discount_value,
    free_sku,
    starts_at,
    ends_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('promotions') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 7, 2)::numeric(3, 2) as _quality_score
from judged
