{{ config(materialized='view') }}

-- One row per row of journal_lines that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/finance/journal_lines.json: edit that file, not this one.
-- depends_on: {{ ref('journal_lines') }}
{% if target.type == 'spark' %}
select
    entry_id,
    line_number,
    account_number,
    account_type,
    cost_center_code,
    amount,
    transaction_amount,
    transaction_currency,
    posted_on,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('journal_lines', 'cold') }} as files
where {{ handover_is_current('journal_lines') }}
{% else %}
{% set archived = archived_files('journal_lines', times=['posted_on']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as varchar) as entry_id,
    cast(case when guard.is_current then null end as integer) as line_number,
    cast(case when guard.is_current then null end as varchar) as account_number,
    cast(case when guard.is_current then null end as varchar) as account_type,
    cast(case when guard.is_current then null end as varchar) as cost_center_code,
    cast(case when guard.is_current then null end as decimal(18, 2)) as amount,
    cast(case when guard.is_current then null end as decimal(18, 2)) as transaction_amount,
    cast(case when guard.is_current then null end as varchar) as transaction_currency,
    cast(case when guard.is_current then null end as date) as posted_on,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('journal_lines', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(entry_id as varchar) as entry_id,
    cast(line_number as integer) as line_number,
    cast(account_number as varchar) as account_number,
    cast(account_type as varchar) as account_type,
    cast(cost_center_code as varchar) as cost_center_code,
    cast(amount as decimal(18, 2)) as amount,
    cast(transaction_amount as decimal(18, 2)) as transaction_amount,
    cast(transaction_currency as varchar) as transaction_currency,
    cast(posted_on as date) as posted_on,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'posted_on', 'timestamp') %}
        'entry_id': {name: 'entry_id', type: 'VARCHAR', default_value: null},
        'line_number': {name: 'line_number', type: 'INTEGER', default_value: null},
        'account_number': {name: 'account_number', type: 'VARCHAR', default_value: null},
        'account_type': {name: 'account_type', type: 'VARCHAR', default_value: null},
        'cost_center_code': {name: 'cost_center_code', type: 'VARCHAR', default_value: null},
        'amount': {name: 'amount', type: 'DECIMAL(18,2)', default_value: null},
        'transaction_amount': {name: 'transaction_amount', type: 'DECIMAL(18,2)', default_value: null},
        'transaction_currency': {name: 'transaction_currency', type: 'VARCHAR', default_value: null},
        'posted_on': {name: 'posted_on', type: 'DATE', default_value: null},
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
where {{ is_current('journal_lines', archived.revision) }}
{% endif %}
{% endif %}
