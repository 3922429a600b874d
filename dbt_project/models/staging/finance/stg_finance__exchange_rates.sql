-- One row per claimed raw record of exchange_rates, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/finance/exchange_rates.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('finance', 'source_exchange_rates') }}
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
        _payload ->> 'base' as base_currency,
        _payload ->> 'quote' as quote_currency,
        nullif(_payload ->> 'date', '') as rate_date,
        nullif(_payload ->> 'rate', '') as rate,
        _payload ->> 'source' as rate_source,
        nullif(_payload ->> 'published_at', '') as published_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.base_currency,
        typed.quote_currency,
        typed.rate_date,
        typed.rate,
        typed.rate_source,
        typed.published_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('base_currency', 'varchar(3)', required=true) }},
                {{ cast_fault('quote_currency', 'varchar(3)', required=true) }},
                {{ cast_fault('rate_date', 'date', required=true) }},
                {{ cast_fault('rate', 'numeric(18,8)', required=true) }},
                {{ cast_fault('rate_source', 'varchar(16)', required=true) }},
                {{ cast_fault('published_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.base_currency', 'varchar(3)') }} as base_currency,
            {{ cast_or_null('sent.quote_currency', 'varchar(3)') }} as quote_currency,
            {{ cast_or_null('sent.rate_date', 'date') }} as rate_date,
            {{ cast_or_null('sent.rate', 'numeric(18,8)') }} as rate,
            {{ cast_or_null('sent.rate_source', 'varchar(16)') }} as rate_source,
            {{ cast_or_null('sent.published_at', 'timestamptz') }} as published_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        base_currency,
        quote_currency,
        rate_date,
        rate,
        rate_source,
        published_at,
        _cast_faults || array_remove(array[
            case
                when not (base_currency ~ '^[A-Z]{3}$')
                    then 'base_currency: does not fit ^[A-Z]{3}$'
            end,
            case
                when not (quote_currency <> base_currency)
                    then 'quote_currency: does not hold: quote_currency <> base_currency'
            end,
            case
                when not (quote_currency ~ '^[A-Z]{3}$')
                    then 'quote_currency: does not fit ^[A-Z]{3}$'
            end,
            case
                when not (rate >= 1e-08)
                    then 'rate: expected at least 1e-08'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (rate_source in ('ECB', 'FED', 'BOE', 'internal'))
                    then 'rate_source: expected one of ECB, FED, BOE, internal'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    base_currency,
    quote_currency,
    rate_date,
    rate,
    rate_source,
    published_at,
    (extract(epoch from published_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    published_at as _valid_from,
    _errors || {{ too_long_for_an_index('exchange_rates') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
