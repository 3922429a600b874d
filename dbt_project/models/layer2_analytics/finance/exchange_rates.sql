{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['base_currency', 'quote_currency', 'rate_date'],
        full_refresh=false,
        pre_hook="{{ lock_batch('exchange_rates') }}",
        post_hook="{{ close_batch('exchange_rates', ref('stg_finance__exchange_rates'), ref('rejected_exchange_rates')) }}",
    )
}}

-- One row per base_currency and quote_currency and rate_date: the newest record known. Closes the batch.
-- Generated from definitions/object_models/finance/exchange_rates.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_exchange_rates') }}
with accepted as (
    select
        base_currency,
        quote_currency,
        rate_date,
        rate,
        rate_source,
        published_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by base_currency, quote_currency, rate_date
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_finance__exchange_rates') }}
    where _errors = '{}' and {{ in_open_batch('exchange_rates') }}
),

known as (
    select distinct on (base_currency, quote_currency, rate_date)
        base_currency,
        quote_currency,
        rate_date,
        rate,
        rate_source,
        published_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            base_currency,
            quote_currency,
            rate_date,
            rate,
            rate_source,
            published_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (base_currency, quote_currency, rate_date) in (
            select
                accepted.base_currency,
                accepted.quote_currency,
                accepted.rate_date
            from accepted
        )
        union all
        select
            base_currency,
            quote_currency,
            rate_date,
            rate,
            rate_source,
            published_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('exchange_rates') }} as cold
        where (base_currency, quote_currency, rate_date) in (
            select
                accepted.base_currency,
                accepted.quote_currency,
                accepted.rate_date
            from accepted
        )
    ) as standing
    order by base_currency, quote_currency, rate_date, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.base_currency = known.base_currency
            and accepted.quote_currency = known.quote_currency
            and accepted.rate_date = known.rate_date
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    base_currency,
    quote_currency,
    rate_date,
    rate,
    rate_source,
    published_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
