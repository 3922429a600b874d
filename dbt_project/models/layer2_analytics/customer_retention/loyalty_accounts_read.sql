{{ config(materialized='view') }}

-- One row per account_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/loyalty_accounts.json: edit that file, not this one.
with loyalty_accounts as (
    select *
    from {{ ref('loyalty_accounts') }}
    where not _deleted
),

customer as (
    select
        customer_id,
        customer_name
    from {{ ref('customers') }}
    where not _deleted
)

select
    loyalty_accounts.account_number,
    loyalty_accounts.customer_id,
    customer.customer_name,
    loyalty_accounts.tier,
    loyalty_accounts.status,
    loyalty_accounts.point_balance,
    {{ target.schema }}.tokenize(loyalty_accounts.email::text) as email,
    loyalty_accounts.joined_on,
    loyalty_accounts.closed_on,
    loyalty_accounts.updated_at,
    loyalty_accounts._loaded_at,
    loyalty_accounts._quality_issues,
    loyalty_accounts._quality_score
from loyalty_accounts
left join customer
    on loyalty_accounts.customer_id = customer.customer_id
