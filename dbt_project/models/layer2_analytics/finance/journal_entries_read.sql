{{ config(materialized='view') }}

-- One row per entry_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/journal_entries.json: edit that file, not this one.
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
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('journal_entries') }}
where not _deleted
