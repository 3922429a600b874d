{{ config(materialized='view') }}

-- One row per entry_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/finance/journal_entries.json: edit that file, not this one.
-- depends_on: {{ ref('journal_entries') }}
with everything as (
    select
        coalesce(
            entry_id,
            {{ sql_error('archived rows of journal_entries have no entry_id; if it was renamed, state renamed_from in the definition') }}
        ) as entry_id,
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_journal_entries') }}
    union all
    {% if target.type == 'spark' %}
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('journal_entries', 'hot') }} as hot
    {% else %}
    select
        cast(entry_id as varchar) as entry_id,
        cast(entry_type as varchar) as entry_type,
        cast(fiscal_period as varchar) as fiscal_period,
        cast(reverses_entry_id as varchar) as reverses_entry_id,
        cast(booking_text as varchar) as booking_text,
        cast(total_debit as decimal(18, 2)) as total_debit,
        cast(total_credit as decimal(18, 2)) as total_credit,
        cast(is_manual as boolean) as is_manual,
        cast(posted_on as date) as posted_on,
        cast(entered_at as timestamptz) as entered_at,
        cast(days_to_post as integer) as days_to_post,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('journal_entries') }}
    {% endif %}
),

ranked as (
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by entry_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('journal_entries') }}
