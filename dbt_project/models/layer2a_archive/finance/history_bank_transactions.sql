{{ config(materialized='view') }}

-- One row per account_iban and bank_reference: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/finance/bank_transactions.json: edit that file, not this one.
-- depends_on: {{ ref('bank_transactions') }}
with everything as (
    select
        coalesce(
            account_iban,
            {{ sql_error('archived rows of bank_transactions have no account_iban; if it was renamed, state renamed_from in the definition') }}
        ) as account_iban,
        coalesce(
            bank_reference,
            {{ sql_error('archived rows of bank_transactions have no bank_reference; if it was renamed, state renamed_from in the definition') }}
        ) as bank_reference,
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
    from {{ ref('archive_bank_transactions') }}
    union all
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
    from {{ handed_over('bank_transactions', 'hot') }} as hot
    {% else %}
    select
        cast(account_iban as varchar) as account_iban,
        cast(bank_reference as varchar) as bank_reference,
        cast(amount as decimal(18, 2)) as amount,
        cast(currency as varchar) as currency,
        cast(counterparty_iban as varchar) as counterparty_iban,
        cast(remittance_text as varchar) as remittance_text,
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
    from {{ lake_view('bank_transactions') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by account_iban, bank_reference
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('bank_transactions') }}
