{{ config(materialized='view') }}

-- One row per entry_id and line_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/journal_lines.json: edit that file, not this one.
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
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('journal_lines') }}
where not _deleted
