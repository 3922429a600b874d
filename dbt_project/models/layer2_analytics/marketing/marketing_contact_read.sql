{{ config(materialized='view') }}

-- One row per contact_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketing/marketing_contact.json: edit that file, not this one.
with marketing_contact as (
    select *
    from {{ ref('marketing_contact') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
    where not _deleted
),

account as (
    select
        account_id,
        tenant_id,
        company_name
    from {{ ref('marketing_account') }}
    where not _deleted
)

select
    marketing_contact.contact_id,
    marketing_contact.tenant_id,
    tenant.name as tenant_name,
    marketing_contact.account_id,
    account.company_name as account_company_name,
    {{ target.schema }}.tokenize(marketing_contact.email::text) as email,
    left(marketing_contact.full_name::text, (length(marketing_contact.full_name::text) > 3)::int) || '***' as full_name,
    marketing_contact.job_title,
    marketing_contact.status,
    marketing_contact.created_at,
    marketing_contact.updated_at,
    marketing_contact._loaded_at,
    marketing_contact._quality_issues,
    marketing_contact._quality_score
from marketing_contact
left join tenant
    on marketing_contact.tenant_id = tenant.id
left join account
    on
        marketing_contact.account_id = account.account_id
        and marketing_contact.tenant_id = account.tenant_id
