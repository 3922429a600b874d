{{ config(materialized='view') }}

-- One row per row of bank_transactions that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/finance/bank_transactions.json: edit that file, not this one.
-- depends_on: {{ ref('bank_transactions') }}
{% if target.type == 'spark' %}
select
    account_iban,
    bank_reference,
    amount,
    currency,
    counterparty_iban,
    remittance_text,
    matched_invoice_number,
    booked_on,
    value_on,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('bank_transactions', 'cold') }} as files
where {{ handover_is_current('bank_transactions') }}
{% else %}
{% set archived = archived_files('bank_transactions', times=['booked_on']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as varchar) as account_iban,
    cast(case when guard.is_current then null end as varchar) as bank_reference,
    cast(case when guard.is_current then null end as decimal(18, 2)) as amount,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as varchar) as counterparty_iban,
    cast(case when guard.is_current then null end as varchar) as remittance_text,
    cast(case when guard.is_current then null end as varchar) as matched_invoice_number,
    cast(case when guard.is_current then null end as date) as booked_on,
    cast(case when guard.is_current then null end as date) as value_on,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('bank_transactions', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(account_iban as varchar) as account_iban,
    cast(bank_reference as varchar) as bank_reference,
    cast(amount as decimal(18, 2)) as amount,
    cast(currency as varchar) as currency,
    cast(
        case
            when (counterparty_iban similar to 'tok_[0-9a-f]{32}') is not false then counterparty_iban
            else '***'
        end as varchar
    ) as counterparty_iban,
    cast(left(remittance_text, (length(remittance_text) > 3)::int) || '***' as varchar) as remittance_text,
    cast(matched_invoice_number as varchar) as matched_invoice_number,
    cast(booked_on as date) as booked_on,
    cast(value_on as date) as value_on,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'booked_on', 'timestamp') %}
        'account_iban': {name: 'account_iban', type: 'VARCHAR', default_value: null},
        'bank_reference': {name: 'bank_reference', type: 'VARCHAR', default_value: null},
        'amount': {name: 'amount', type: 'DECIMAL(18,2)', default_value: null},
        'currency': {name: 'currency', type: 'VARCHAR', default_value: null},
        'counterparty_iban': {name: 'counterparty_iban', type: 'VARCHAR', default_value: null},
        'remittance_text': {name: 'remittance_text', type: 'VARCHAR', default_value: null},
        'matched_invoice_number': {name: 'matched_invoice_number', type: 'VARCHAR', default_value: null},
        'booked_on': {name: 'booked_on', type: 'DATE', default_value: null},
        'value_on': {name: 'value_on', type: 'DATE', default_value: null},
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
where {{ is_current('bank_transactions', archived.revision) }}
{% endif %}
{% endif %}
