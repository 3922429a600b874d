{{ config(materialized='view') }}

-- One row per id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/subscription.json: edit that file, not this one.
with subscription as (
    select *
    from {{ ref('subscription') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
    where not _deleted
),

product as (
    select
        entity_id,
        tenant_id,
        title
    from {{ ref('marketplace_product') }}
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
    subscription.id,
    subscription.tenant_id,
    tenant.name as tenant_name,
    subscription.product_id,
    product.title as product_title,
    subscription.subscriber_account_id,
    subscriber_account.company_name as subscriber_account_company_name,
    subscription.agreement_id,
    subscription.status,
    subscription.start_date,
    subscription.end_date,
    subscription.monthly_value_usd,
    subscription.updated_at,
    subscription._loaded_at,
    subscription._quality_issues,
    subscription._quality_score
from subscription
left join tenant
    on subscription.tenant_id = tenant.id
left join product
    on
        subscription.product_id = product.entity_id
        and subscription.tenant_id = product.tenant_id
left join subscriber_account
    on
        subscription.subscriber_account_id = subscriber_account.account_id
        and subscription.tenant_id = subscriber_account.tenant_id
