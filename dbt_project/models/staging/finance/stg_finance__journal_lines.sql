-- One row per claimed raw record of journal_lines, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/finance/journal_lines.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('finance', 'source_journal_lines') }}
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
        _payload ->> 'entry' as entry_id,
        nullif(_payload ->> 'line', '') as line_number,
        _payload ->> 'account' as account_number,
        _payload ->> 'account_type' as account_type,
        _payload ->> 'cost_center' as cost_center_code,
        nullif(_payload ->> 'amount', '') as amount,
        nullif(_payload #>> '{foreign, amount}', '') as transaction_amount,
        _payload #>> '{foreign, currency}' as transaction_currency,
        nullif(_payload ->> 'posted_on', '') as posted_on
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.entry_id,
        typed.line_number,
        typed.account_number,
        typed.account_type,
        typed.cost_center_code,
        typed.amount,
        typed.transaction_amount,
        typed.transaction_currency,
        typed.posted_on,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('entry_id', 'varchar(20)', required=true) }},
                {{ cast_fault('line_number', 'integer', required=true) }},
                {{ cast_fault('account_number', 'varchar(8)', required=true) }},
                {{ cast_fault('account_type', 'varchar(10)', required=true) }},
                {{ cast_fault('cost_center_code', 'varchar(10)') }},
                {{ cast_fault('amount', 'numeric(18,2)', required=true) }},
                {{ cast_fault('transaction_amount', 'numeric(18,2)') }},
                {{ cast_fault('transaction_currency', 'varchar(3)') }},
                {{ cast_fault('posted_on', 'date', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.entry_id', 'varchar(20)') }} as entry_id,
            {{ cast_or_null('sent.line_number', 'integer') }} as line_number,
            {{ cast_or_null('sent.account_number', 'varchar(8)') }} as account_number,
            {{ cast_or_null('sent.account_type', 'varchar(10)') }} as account_type,
            {{ cast_or_null('sent.cost_center_code', 'varchar(10)') }} as cost_center_code,
            {{ cast_or_null('sent.amount', 'numeric(18,2)') }} as amount,
            {{ cast_or_null('sent.transaction_amount', 'numeric(18,2)') }} as transaction_amount,
            {{ cast_or_null('sent.transaction_currency', 'varchar(3)') }} as transaction_currency,
            {{ cast_or_null('sent.posted_on', 'date') }} as posted_on
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        entry_id,
        line_number,
        account_number,
        account_type,
        cost_center_code,
        amount,
        transaction_amount,
        transaction_currency,
        posted_on,
        _cast_faults || array_remove(array[
            case
                when not (line_number >= 1)
                    then 'line_number: expected at least 1'
            end,
            case
                when not (account_type in ('asset', 'liability', 'equity', 'revenue', 'expense'))
                    then 'account_type: expected one of asset, liability, equity, revenue, expense'
            end,
            case
                when not (amount <> 0)
                    then 'amount: does not hold: amount <> 0'
            end,
            case
                when not ((transaction_currency is null) = (transaction_amount is null))
                    then 'transaction_currency: does not hold: (transaction_currency is null) = (transaction_amount is null)'
            end,
            case
                when not (transaction_currency ~ '^[A-Z]{3}$')
                    then 'transaction_currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (cost_center_code is not null or account_type <> 'expense')
                    then 'cost_center_code: does not hold: cost_center_code is not null or account_type <> ''expense'''
            end,
            case
                when not (transaction_amount * amount > 0)
                    then 'transaction_amount: does not hold: transaction_amount * amount > 0'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    entry_id,
    line_number,
    account_number,
    account_type,
    cost_center_code,
    amount,
    transaction_amount,
    transaction_currency,
    posted_on,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('journal_lines') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 7, 2)::numeric(3, 2) as _quality_score
from judged
