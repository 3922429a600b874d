{{ config(materialized='view') }}

-- One row per cost_center_code and account_number and budget_month: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/budget_lines.json: edit that file, not this one.
select
    cost_center_code,
    account_number,
    budget_month,
    planned_amount,
    actual_amount,
    variance,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('budget_lines') }}
where not _deleted
