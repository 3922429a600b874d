{{ config(materialized='view') }}

-- One row per base_currency and quote_currency and rate_date: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/finance/exchange_rates.json: edit that file, not this one.
-- depends_on: {{ ref('exchange_rates') }}
with everything as (
    select
        coalesce(
            base_currency,
            {{ sql_error('archived rows of exchange_rates have no base_currency; if it was renamed, state renamed_from in the definition') }}
        ) as base_currency,
        coalesce(
            quote_currency,
            {{ sql_error('archived rows of exchange_rates have no quote_currency; if it was renamed, state renamed_from in the definition') }}
        ) as quote_currency,
        coalesce(
            rate_date,
            {{ sql_error('archived rows of exchange_rates have no rate_date; if it was renamed, state renamed_from in the definition') }}
        ) as rate_date,
        rate,
        rate_source,
        published_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_exchange_rates') }}
    union all
    {% if target.type == 'spark' %}
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('exchange_rates', 'hot') }} as hot
    {% else %}
    select
        cast(base_currency as varchar) as base_currency,
        cast(quote_currency as varchar) as quote_currency,
        cast(rate_date as date) as rate_date,
        cast(rate as decimal(18, 8)) as rate,
        cast(rate_source as varchar) as rate_source,
        cast(published_at as timestamptz) as published_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('exchange_rates') }}
    {% endif %}
),

ranked as (
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by base_currency, quote_currency, rate_date
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('exchange_rates') }}
