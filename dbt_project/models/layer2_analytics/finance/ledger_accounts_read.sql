{{ config(materialized='view') }}

-- One row per account_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/ledger_accounts.json: edit that file, not this one.
select
    account_number,
    account_name,
    account_type,
    parent_account_number,
    normal_side,
    is_open,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('ledger_accounts') }}
where not _deleted
