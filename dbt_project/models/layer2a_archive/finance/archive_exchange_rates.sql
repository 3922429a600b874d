{{ config(materialized='view') }}

-- One row per row of exchange_rates that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/finance/exchange_rates.json: edit that file, not this one.
-- depends_on: {{ ref('exchange_rates') }}
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
from {{ handed_over('exchange_rates', 'cold') }} as files
where {{ handover_is_current('exchange_rates') }}
{% else %}
{% set archived = archived_files('exchange_rates', times=['rate_date']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as varchar) as base_currency,
    cast(case when guard.is_current then null end as varchar) as quote_currency,
    cast(case when guard.is_current then null end as date) as rate_date,
    cast(case when guard.is_current then null end as decimal(18, 8)) as rate,
    cast(case when guard.is_current then null end as varchar) as rate_source,
    cast(case when guard.is_current then null end as timestamptz) as published_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('exchange_rates', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
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
from (
    {%- call archived_rows(archived, 'rate_date', 'timestamp') %}
        'base_currency': {name: 'base_currency', type: 'VARCHAR', default_value: null},
        'quote_currency': {name: 'quote_currency', type: 'VARCHAR', default_value: null},
        'rate_date': {name: 'rate_date', type: 'DATE', default_value: null},
        'rate': {name: 'rate', type: 'DECIMAL(18,8)', default_value: null},
        'rate_source': {name: 'rate_source', type: 'VARCHAR', default_value: null},
        'published_at': {name: 'published_at', type: 'TIMESTAMPTZ', default_value: null},
        '_raw_seq': {name: '_raw_seq', type: 'BIGINT', default_value: null},
        '_source_order': {name: '_source_order', type: 'BIGINT', default_value: null},
        '_deleted': {name: '_deleted', type: 'BOOLEAN', default_value: null},
        '_batch_id': {name: '_batch_id', type: 'BIGINT', default_value: null},
        '_loaded_at': {name: '_loaded_at', type: 'TIMESTAMPTZ', default_value: null},
        '_definition_version': {name: '_definition_version', type: 'INTEGER', default_value: null},
        '_quality_issues': {name: '_quality_issues', type: 'VARCHAR', default_value: null},
        '_quality_score': {name: '_quality_score', type: 'DECIMAL(3,2)', default_value: null}
    {%- endcall %}
) as files
where {{ is_current('exchange_rates', archived.revision) }}
{% endif %}
{% endif %}
