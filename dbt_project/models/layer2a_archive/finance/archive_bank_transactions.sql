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
{% set archived = archived_files('bank_transactions') %}
{% if archived.paths %}
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
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::varchar as account_iban,
        null::varchar as bank_reference,
        null::decimal(18, 2) as amount,
        null::varchar as currency,
        null::varchar as counterparty_iban,
        null::varchar as remittance_text,
        null::varchar as matched_invoice_number,
        null::date as booked_on,
        null::date as value_on,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('bank_transactions', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
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
{% endif %}
{% endif %}
