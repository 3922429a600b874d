{{ config(materialized='view') }}

-- One row per cost_center_code and account_number and budget_month: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/budget_lines.json: edit that file, not this one.
with budget_lines as (
    select *
    from {{ ref('budget_lines') }}
    where not _deleted
),

cost_center_code as (
    select
        cost_center_code,
        cost_center_name
    from {{ ref('cost_centers') }}
    where not _deleted
),

account_number as (
    select
        account_number,
        account_name
    from {{ ref('ledger_accounts') }}
    where not _deleted
)

select
    budget_lines.cost_center_code,
    cost_center_code.cost_center_name,
    budget_lines.account_number,
    account_number.account_name,
    budget_lines.budget_month,
    budget_lines.planned_amount,
    budget_lines.actual_amount,
    budget_lines.variance,
    budget_lines.updated_at,
    budget_lines._loaded_at,
    budget_lines._quality_issues,
    budget_lines._quality_score
from budget_lines
left join cost_center_code
    on budget_lines.cost_center_code = cost_center_code.cost_center_code
left join account_number
    on budget_lines.account_number = account_number.account_number
