-- One row per claimed raw record of journal_entries, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/finance/journal_entries.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('finance', 'source_journal_entries') }}
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
        _payload ->> 'id' as entry_id,
        _payload ->> 'type' as entry_type,
        _payload ->> 'period' as fiscal_period,
        _payload ->> 'reverses' as reverses_entry_id,
        _payload ->> 'text' as booking_text,
        nullif(_payload #>> '{sum, debit}', '') as total_debit,
        nullif(_payload #>> '{sum, credit}', '') as total_credit,
        nullif(_payload ->> 'posted_on', '') as posted_on,
        nullif(_payload ->> 'entered_at', '') as entered_at,
        nullif(_payload #>> '{close, days}', '') as days_to_post
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.entry_id,
        typed.entry_type,
        typed.fiscal_period,
        typed.reverses_entry_id,
        typed.booking_text,
        typed.total_debit,
        typed.total_credit,
        typed.posted_on,
        typed.entered_at,
        typed.days_to_post,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('entry_id', 'varchar(20)', required=true) }},
                {{ cast_fault('entry_type', 'varchar(12)', required=true) }},
                {{ cast_fault('fiscal_period', 'varchar(7)', required=true) }},
                {{ cast_fault('reverses_entry_id', 'varchar(20)') }},
                {{ cast_fault('booking_text', 'varchar(200)') }},
                {{ cast_fault('total_debit', 'numeric(18,2)', required=true) }},
                {{ cast_fault('total_credit', 'numeric(18,2)', required=true) }},
                {{ cast_fault('posted_on', 'date', required=true) }},
                {{ cast_fault('entered_at', 'timestamptz', required=true) }},
                {{ cast_fault('days_to_post', 'integer') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.entry_id', 'varchar(20)') }} as entry_id,
            {{ cast_or_null('sent.entry_type', 'varchar(12)') }} as entry_type,
            {{ cast_or_null('sent.fiscal_period', 'varchar(7)') }} as fiscal_period,
            {{ cast_or_null('sent.reverses_entry_id', 'varchar(20)') }} as reverses_entry_id,
            {{ cast_or_null('sent.booking_text', 'varchar(200)') }} as booking_text,
            {{ cast_or_null('sent.total_debit', 'numeric(18,2)') }} as total_debit,
            {{ cast_or_null('sent.total_credit', 'numeric(18,2)') }} as total_credit,
            {{ cast_or_null('sent.posted_on', 'date') }} as posted_on,
            {{ cast_or_null('sent.entered_at', 'timestamptz') }} as entered_at,
            {{ cast_or_null('sent.days_to_post', 'integer') }} as days_to_post
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed.entry_id,
        typed.entry_type,
        typed.fiscal_period,
        typed.reverses_entry_id,
        typed.booking_text,
        typed.total_debit,
        typed.total_credit,
        typed.posted_on,
        typed.entered_at,
        typed.days_to_post,
        computed.is_manual,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('is_manual', 'boolean', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (entry_type = 'manual')::text as is_manual
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.is_manual', 'boolean') }} as is_manual
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        entry_id,
        entry_type,
        fiscal_period,
        reverses_entry_id,
        booking_text,
        total_debit,
        total_credit,
        is_manual,
        posted_on,
        entered_at,
        days_to_post,
        _cast_faults || array_remove(array[
            case
                when not (entry_id ~ '^[0-9]{4}-[0-9]{4}-[0-9]{7}$')
                    then 'entry_id: does not fit ^[0-9]{4}-[0-9]{4}-[0-9]{7}$'
            end,
            case
                when not (entry_type in ('invoice_in', 'invoice_out', 'payment', 'payroll', 'accrual', 'depreciation', 'manual', 'reversal'))
                    then 'entry_type: expected one of invoice_in, invoice_out, payment, payroll, accrual, depreciation, manual, reversal'
            end,
            case
                when not (fiscal_period ~ '^(?:^[0-9]{4}-(0[1-9]|1[0-3])$)$')
                    then 'fiscal_period: does not fit ^[0-9]{4}-(0[1-9]|1[0-3])$'
            end,
            case
                when not (entry_type <> 'reversal' or reverses_entry_id is not null)
                    then 'reverses_entry_id: does not hold: entry_type <> ''reversal'' or reverses_entry_id is not null'
            end,
            case
                when not (total_debit >= 0)
                    then 'total_debit: expected at least 0'
            end,
            case
                when not (total_credit = total_debit)
                    then 'total_credit: does not hold: total_credit = total_debit'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (days_to_post between 0 and 90)
                    then 'days_to_post: expected 0 to 90'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    entry_id,
    entry_type,
    fiscal_period,
    reverses_entry_id,
    booking_text,
    total_debit,
    total_credit,
    is_manual,
    posted_on,
    entered_at,
    days_to_post,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('journal_entries') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 7, 2)::numeric(3, 2) as _quality_score
from judged
