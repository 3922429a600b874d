{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['entry_id', 'posted_on'],
        full_refresh=false,
        pre_hook="{{ lock_batch('journal_entries') }}",
        post_hook="{{ close_batch('journal_entries', ref('stg_finance__journal_entries'), ref('rejected_journal_entries')) }}",
    )
}}

-- One row per entry_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/finance/journal_entries.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_journal_entries') }}
with accepted as (
    select
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
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by entry_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_finance__journal_entries') }}
    where _errors = '{}' and {{ in_open_batch('journal_entries') }}
),

known as (
    select distinct on (entry_id)
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
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
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
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (entry_id) in (
            select accepted.entry_id
            from accepted
        )
        union all
        select
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
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('journal_entries') }} as cold
        where (entry_id) in (
            select accepted.entry_id
            from accepted
        )
    ) as standing
    order by entry_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.entry_id = known.entry_id
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
        earlier.entry_type,
        earlier.fiscal_period,
        earlier.reverses_entry_id,
        earlier.booking_text,
        earlier.total_debit,
        earlier.total_credit,
        earlier.is_manual,
        earlier.posted_on,
        earlier.entered_at,
        earlier.days_to_post,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.entry_id = earlier.entry_id
    where earlier.posted_on <> newest.posted_on and not earlier._deleted
)

select
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
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
