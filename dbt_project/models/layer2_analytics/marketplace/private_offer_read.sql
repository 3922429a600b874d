{{ config(materialized='view') }}

-- One row per offer_id and buyer_account_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/private_offer.json: edit that file, not this one.
with private_offer as (
    select *
    from {{ ref('private_offer') }}
    where not _deleted
),

offer as (
    select
        offer_id,
        tenant_id,
        offer_name
    from {{ ref('marketplace_offer') }}
    where not _deleted
),

buyer_account as (
    select
        account_id,
        tenant_id,
        company_name
    from {{ ref('subscriber_account') }}
    where not _deleted
),

pc_opportunity as (
    select
        pc_opportunity_id,
        tenant_id,
        title
    from {{ ref('partner_central_opportunity') }}
    where not _deleted
)

select
    private_offer.tenant_id,
    private_offer.offer_id,
    offer.offer_name,
    private_offer.buyer_account_id,
    buyer_account.company_name as buyer_account_company_name,
    private_offer.pc_opportunity_id,
    pc_opportunity.title as pc_opportunity_title,
    private_offer.status,
    private_offer.total_value_usd,
    private_offer.discount_percent,
    private_offer.duration_months,
    private_offer.sent_at,
    private_offer.expires_on,
    private_offer.accepted_at,
    private_offer.updated_at,
    private_offer._loaded_at,
    private_offer._quality_issues,
    private_offer._quality_score
from private_offer
left join offer
    on
        private_offer.offer_id = offer.offer_id
        and private_offer.tenant_id = offer.tenant_id
left join buyer_account
    on
        private_offer.buyer_account_id = buyer_account.account_id
        and private_offer.tenant_id = buyer_account.tenant_id
left join pc_opportunity
    on
        private_offer.pc_opportunity_id = pc_opportunity.pc_opportunity_id
        and private_offer.tenant_id = pc_opportunity.tenant_id
