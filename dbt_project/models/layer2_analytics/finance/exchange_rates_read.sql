{{ config(materialized='view') }}

-- One row per base_currency and quote_currency and rate_date: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/exchange_rates.json: edit that file, not this one.
select
    base_currency,
    quote_currency,
    rate_date,
    rate,
    rate_source,
    published_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('exchange_rates') }}
where not _deleted
