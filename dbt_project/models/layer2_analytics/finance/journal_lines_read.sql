{{ config(materialized='view') }}

-- One row per entry_id and line_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/journal_lines.json: edit that file, not this one.
with journal_lines as (
    select *
    from {{ ref('journal_lines') }}
    where not _deleted
),

account_number as (
    select
        account_number,
        account_name
    from {{ ref('ledger_accounts') }}
    where not _deleted
),

cost_center_code as (
    select
        cost_center_code,
        cost_center_name
    from {{ ref('cost_centers') }}
    where not _deleted
)

select
    journal_lines.entry_id,
    journal_lines.line_number,
    journal_lines.account_number,
    account_number.account_name,
    journal_lines.account_type,
    journal_lines.cost_center_code,
    cost_center_code.cost_center_name,
    journal_lines.amount,
    journal_lines.transaction_amount,
    journal_lines.transaction_currency,
    journal_lines.posted_on,
    journal_lines._loaded_at,
    journal_lines._quality_issues,
    journal_lines._quality_score
from journal_lines
left join account_number
    on journal_lines.account_number = account_number.account_number
left join cost_center_code
    on journal_lines.cost_center_code = cost_center_code.cost_center_code
