{{ config(materialized='view') }}

-- One row per agreement_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/marketplace_agreement.json: edit that file, not this one.
with marketplace_agreement as (
    select *
    from {{ ref('marketplace_agreement') }}
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

acceptor_account as (
    select
        account_id,
        tenant_id,
        company_name
    from {{ ref('subscriber_account') }}
    where not _deleted
)

select
    marketplace_agreement.tenant_id,
    marketplace_agreement.agreement_id,
    marketplace_agreement.offer_id,
    offer.offer_name,
    marketplace_agreement.acceptor_account_id,
    acceptor_account.company_name as acceptor_account_company_name,
    marketplace_agreement.proposer_account_id,
    marketplace_agreement.status,
    marketplace_agreement.agreement_value,
    marketplace_agreement.currency,
    marketplace_agreement.accepted_at,
    marketplace_agreement.started_at,
    marketplace_agreement.ends_at,
    marketplace_agreement.last_seen_at,
    marketplace_agreement._loaded_at,
    marketplace_agreement._quality_issues,
    marketplace_agreement._quality_score
from marketplace_agreement
left join offer
    on
        marketplace_agreement.offer_id = offer.offer_id
        and marketplace_agreement.tenant_id = offer.tenant_id
left join acceptor_account
    on
        marketplace_agreement.acceptor_account_id = acceptor_account.account_id
        and marketplace_agreement.tenant_id = acceptor_account.tenant_id
