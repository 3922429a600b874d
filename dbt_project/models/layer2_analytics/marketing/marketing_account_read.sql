{{ config(materialized='view') }}

-- One row per account_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketing/marketing_account.json: edit that file, not this one.
with marketing_account as (
    select *
    from {{ ref('marketing_account') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
    where not _deleted
),

subscriber_account as (
    select
        account_id,
        tenant_id,
        company_name
    from {{ ref('subscriber_account') }}
    where not _deleted
)

select
    marketing_account.account_id,
    marketing_account.tenant_id,
    tenant.name as tenant_name,
    marketing_account.company_name,
    marketing_account.industry,
    marketing_account.country_code,
    marketing_account.employee_band,
    marketing_account.subscriber_account_id,
    subscriber_account.company_name as subscriber_account_company_name,
    marketing_account.updated_at,
    marketing_account._loaded_at,
    marketing_account._quality_issues,
    marketing_account._quality_score
from marketing_account
left join tenant
    on marketing_account.tenant_id = tenant.id
left join subscriber_account
    on
        marketing_account.subscriber_account_id = subscriber_account.account_id
        and marketing_account.tenant_id = subscriber_account.tenant_id
