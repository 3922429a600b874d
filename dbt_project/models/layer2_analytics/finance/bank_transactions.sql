{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['account_iban', 'bank_reference', 'booked_on'],
        full_refresh=false,
        pre_hook="{{ lock_batch('bank_transactions') }}",
        post_hook="{{ close_batch('bank_transactions', ref('stg_finance__bank_transactions'), ref('rejected_bank_transactions')) }}",
    )
}}

-- One row per account_iban and bank_reference: the newest record known. Closes the batch.
-- Generated from definitions/object_models/finance/bank_transactions.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_bank_transactions') }}
with accepted as (
    select
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
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by account_iban, bank_reference
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_finance__bank_transactions') }}
    where _errors = '{}' and {{ in_open_batch('bank_transactions') }}
),

known as (
    select distinct on (account_iban, bank_reference)
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
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
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
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (account_iban, bank_reference) in (
            select
                accepted.account_iban,
                accepted.bank_reference
            from accepted
        )
        union all
        select
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
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('bank_transactions') }} as cold
        where (account_iban, bank_reference) in (
            select
                accepted.account_iban,
                accepted.bank_reference
            from accepted
        )
    ) as standing
    order by account_iban, bank_reference, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.account_iban = known.account_iban
            and accepted.bank_reference = known.bank_reference
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.account_iban,
        earlier.bank_reference,
        earlier.amount,
        earlier.currency,
        earlier.counterparty_name,
        earlier.counterparty_iban,
        earlier.remittance_text,
        earlier.matched_invoice_number,
        earlier.booked_on,
        earlier.value_on,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on
            newest.account_iban = earlier.account_iban
            and newest.bank_reference = earlier.bank_reference
    where earlier.booked_on <> newest.booked_on and not earlier._deleted
)

select
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
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
select
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
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
