{{ config(materialized='view') }}

-- One row per billing_event_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/marketplace_billing_event.json: edit that file, not this one.
with marketplace_billing_event as (
    select *
    from {{ ref('marketplace_billing_event') }}
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

end_user_account as (
    select
        account_id,
        tenant_id,
        company_name
    from {{ ref('subscriber_account') }}
    where not _deleted
)

select
    marketplace_billing_event.tenant_id,
    marketplace_billing_event.billing_event_id,
    marketplace_billing_event.action,
    marketplace_billing_event.transaction_type,
    marketplace_billing_event.product_id,
    product.title as product_title,
    marketplace_billing_event.agreement_id,
    marketplace_billing_event.end_user_account_id,
    end_user_account.company_name as end_user_account_company_name,
    marketplace_billing_event.disbursement_id,
    marketplace_billing_event.amount,
    marketplace_billing_event.currency,
    marketplace_billing_event.invoice_date,
    marketplace_billing_event.action_date,
    marketplace_billing_event._loaded_at,
    marketplace_billing_event._quality_issues,
    marketplace_billing_event._quality_score
from marketplace_billing_event
left join product
    on
        marketplace_billing_event.product_id = product.entity_id
        and marketplace_billing_event.tenant_id = product.tenant_id
left join end_user_account
    on
        marketplace_billing_event.end_user_account_id = end_user_account.account_id
        and marketplace_billing_event.tenant_id = end_user_account.tenant_id
