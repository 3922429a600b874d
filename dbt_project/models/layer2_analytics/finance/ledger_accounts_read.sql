{{ config(materialized='view') }}

-- One row per account_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/ledger_accounts.json: edit that file, not this one.
with ledger_accounts as (
    select *
    from {{ ref('ledger_accounts') }}
    where not _deleted
),

parent_account_number as (
    select
        account_number,
        account_name
    from {{ ref('ledger_accounts') }}
    where not _deleted
)

select
    ledger_accounts.account_number,
    ledger_accounts.account_name,
    ledger_accounts.account_type,
    ledger_accounts.parent_account_number,
    parent_account_number.account_name as parent_account_name,
    ledger_accounts.normal_side,
    ledger_accounts.is_open,
    ledger_accounts.updated_at,
    ledger_accounts._loaded_at,
    ledger_accounts._quality_issues,
    ledger_accounts._quality_score
from ledger_accounts
left join parent_account_number
    on ledger_accounts.parent_account_number = parent_account_number.account_number
