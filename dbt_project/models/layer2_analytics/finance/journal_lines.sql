{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['entry_id', 'line_number', 'posted_on'],
        full_refresh=false,
        pre_hook="{{ lock_batch('journal_lines') }}",
        post_hook="{{ close_batch('journal_lines', ref('stg_finance__journal_lines'), ref('rejected_journal_lines')) }}",
    )
}}

-- One row per entry_id and line_number: the newest record known. Closes the batch.
-- Generated from definitions/object_models/finance/journal_lines.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_journal_lines') }}
with accepted as (
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
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by entry_id, line_number
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_finance__journal_lines') }}
    where _errors = '{}' and {{ in_open_batch('journal_lines') }}
),

known as (
    select distinct on (entry_id, line_number)
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
        _deleted
    from (
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
            _loaded_at
        from {{ this }}
        where (entry_id, line_number) in (
            select
                accepted.entry_id,
                accepted.line_number
            from accepted
        )
        union all
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
            _loaded_at
        from {{ cold_rows('journal_lines') }} as cold
        where (entry_id, line_number) in (
            select
                accepted.entry_id,
                accepted.line_number
            from accepted
        )
    ) as standing
    order by entry_id, line_number, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.entry_id = known.entry_id
            and accepted.line_number = known.line_number
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
        earlier.entry_id,
        earlier.line_number,
        earlier.account_number,
        earlier.account_type,
        earlier.cost_center_code,
        earlier.amount,
        earlier.transaction_amount,
        earlier.transaction_currency,
        earlier.posted_on,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on
            newest.entry_id = earlier.entry_id
            and newest.line_number = earlier.line_number
    where earlier.posted_on <> newest.posted_on and not earlier._deleted
)

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
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
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
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
