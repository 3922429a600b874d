-- One row per claimed raw record of bank_transactions, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/finance/bank_transactions.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('finance', 'source_bank_transactions') }}
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
        _payload #>> '{Acct, IBAN}' as account_iban,
        _payload #>> '{Ntry, AcctSvcrRef}' as bank_reference,
        nullif(_payload #>> '{Ntry, Amt}', '') as amount,
        _payload #>> '{Ntry, Ccy}' as currency,
        _payload #>> '{Ntry, RltdPties, Nm}' as counterparty_name,
        _payload #>> '{Ntry, RltdPties, IBAN}' as counterparty_iban,
        _payload #>> '{Ntry, RmtInf}' as remittance_text,
        _payload #>> '{match, invoice}' as matched_invoice_number,
        nullif(_payload #>> '{Ntry, BookgDt}', '') as booked_on,
        nullif(_payload #>> '{Ntry, ValDt}', '') as value_on
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.account_iban,
        typed.bank_reference,
        typed.amount,
        typed.currency,
        typed.counterparty_name,
        typed.counterparty_iban,
        typed.remittance_text,
        typed.matched_invoice_number,
        typed.booked_on,
        typed.value_on,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('account_iban', 'varchar(34)', required=true) }},
                {{ cast_fault('bank_reference', 'varchar(35)', required=true) }},
                {{ cast_fault('amount', 'numeric(18,2)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('counterparty_name', 'varchar(140)') }},
                {{ cast_fault('counterparty_iban', 'varchar(34)') }},
                {{ cast_fault('remittance_text', 'varchar(140)') }},
                {{ cast_fault('matched_invoice_number', 'varchar(20)') }},
                {{ cast_fault('booked_on', 'date', required=true) }},
                {{ cast_fault('value_on', 'date', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.account_iban', 'varchar(34)') }} as account_iban,
            {{ cast_or_null('sent.bank_reference', 'varchar(35)') }} as bank_reference,
            {{ cast_or_null('sent.amount', 'numeric(18,2)') }} as amount,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.counterparty_name', 'varchar(140)') }} as counterparty_name,
            {{ cast_or_null('sent.counterparty_iban', 'varchar(34)') }} as counterparty_iban,
            {{ cast_or_null('sent.remittance_text', 'varchar(140)') }} as remittance_text,
            {{ cast_or_null('sent.matched_invoice_number', 'varchar(20)') }} as matched_invoice_number,
            {{ cast_or_null('sent.booked_on', 'date') }} as booked_on,
            {{ cast_or_null('sent.value_on', 'date') }} as value_on
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        account_iban,
        bank_reference,
        amount,
        currency,
        counterparty_name,
        counterparty_iban,
        remittance_text,
        matched_invoice_number,
        booked_on,
        value_on,
        _cast_faults || array_remove(array[
            case
                when not (account_iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$')
                    then 'account_iban: does not fit ^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$'
            end,
            case
                when not (char_length(bank_reference) between 1 and 35)
                    then 'bank_reference: expected 1 to 35 characters'
            end,
            case
                when not (amount <> 0)
                    then 'amount: does not hold: amount <> 0'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (counterparty_iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$')
                    then 'counterparty_iban: does not fit ^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$'
            end,
            case
                when not (value_on - booked_on between -31 and 31)
                    then 'value_on: does not hold: value_on - booked_on between -31 and 31'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    account_iban,
    bank_reference,
    amount,
    currency,
    counterparty_name,
    counterparty_iban,
    remittance_text,
    matched_invoice_number,
    booked_on,
    value_on,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('bank_transactions') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
