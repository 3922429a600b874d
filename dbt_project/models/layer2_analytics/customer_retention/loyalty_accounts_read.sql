{{ config(materialized='view') }}

-- One row per account_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/loyalty_accounts.json: edit that file, not this one.
select
    account_number,
    customer_id,
    tier,
    status,
    point_balance,
    {{ target.schema }}.tokenize(email::text) as email,
    joined_on,
    closed_on,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('loyalty_accounts') }}
where not _deleted
