-- One row per claimed raw record of ledger_accounts, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/finance/ledger_accounts.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('finance', 'source_ledger_accounts') }}
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
        _payload ->> 'number' as account_number,
        _payload ->> 'name' as account_name,
        _payload ->> 'type' as account_type,
        _payload ->> 'parent' as parent_account_number,
        _payload ->> 'side' as normal_side,
        nullif(_payload ->> 'open', '') as is_open,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.account_number,
        typed.account_name,
        typed.account_type,
        typed.parent_account_number,
        typed.normal_side,
        typed.is_open,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('account_number', 'varchar(8)', required=true) }},
                {{ cast_fault('account_name', 'varchar(120)', required=true) }},
                {{ cast_fault('account_type', 'varchar(10)', required=true) }},
                {{ cast_fault('parent_account_number', 'varchar(8)') }},
                {{ cast_fault('normal_side', 'varchar(6)', required=true) }},
                {{ cast_fault('is_open', 'boolean', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.account_number', 'varchar(8)') }} as account_number,
            {{ cast_or_null('sent.account_name', 'varchar(120)') }} as account_name,
            {{ cast_or_null('sent.account_type', 'varchar(10)') }} as account_type,
            {{ cast_or_null('sent.parent_account_number', 'varchar(8)') }} as parent_account_number,
            {{ cast_or_null('sent.normal_side', 'varchar(6)') }} as normal_side,
            {{ cast_or_null('sent.is_open', 'boolean') }} as is_open,
            {{ cast_or_null('sent.updated_at', 'timestamptz') }} as updated_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        account_number,
        account_name,
        account_type,
        parent_account_number,
        normal_side,
        is_open,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (account_number ~ '^[0-9]{4,8}$')
                    then 'account_number: does not fit ^[0-9]{4,8}$'
            end,
            case
                when not (char_length(account_name) between 1 and 120)
                    then 'account_name: expected 1 to 120 characters'
            end,
            case
                when not (account_type in ('asset', 'liability', 'equity', 'revenue', 'expense'))
                    then 'account_type: expected one of asset, liability, equity, revenue, expense'
            end,
            case
                when not (normal_side in ('debit', 'credit'))
                    then 'normal_side: expected one of debit, credit'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not ((normal_side = 'debit') = (account_type in ('asset', 'expense')))
                    then 'normal_side: does not hold: (normal_side = ''debit'') = (account_type in (''asset'', ''expense''))'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    account_number,
    account_name,
    account_type,
    parent_account_number,
    normal_side,
    is_open,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('ledger_accounts') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
