-- One row per claimed raw record of price_lists, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/price_lists.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('commerce', 'source_price_lists') }}
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
        _payload ->> 'code' as price_list_code,
        _payload ->> 'name' as price_list_name,
        _payload ->> 'channel' as channel,
        _payload ->> 'currency' as currency,
        nullif(_payload ->> 'tax_included', '') as includes_tax,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.price_list_code,
        typed.price_list_name,
        typed.channel,
        typed.currency,
        typed.includes_tax,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('price_list_code', 'varchar(24)', required=true) }},
                {{ cast_fault('price_list_name', 'varchar(80)', required=true) }},
                {{ cast_fault('channel', 'varchar(10)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('includes_tax', 'boolean', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.price_list_code', 'varchar(24)') }} as price_list_code,
            {{ cast_or_null('sent.price_list_name', 'varchar(80)') }} as price_list_name,
            {{ cast_or_null('sent.channel', 'varchar(10)') }} as channel,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.includes_tax', 'boolean') }} as includes_tax,
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
        price_list_code,
        price_list_name,
        channel,
        currency,
        includes_tax,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (price_list_code ~ '^[A-Z][A-Z0-9-]*$')
                    then 'price_list_code: does not fit ^[A-Z][A-Z0-9-]*$'
            end,
            case
                when not (char_length(price_list_name) between 1 and 80)
                    then 'price_list_name: expected 1 to 80 characters'
            end,
            case
                when not (channel in ('counter', 'delivery', 'catering', 'online'))
                    then 'channel: expected one of counter, delivery, catering, online'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    price_list_code,
    price_list_name,
    channel,
    currency,
    includes_tax,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('price_lists') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
