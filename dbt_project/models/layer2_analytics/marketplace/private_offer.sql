{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['offer_id', 'buyer_account_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('private_offer') }}",
        post_hook="{{ close_batch('private_offer', ref('stg_marketplace__private_offer'), ref('rejected_private_offer')) }}",
    )
}}

-- One row per offer_id and buyer_account_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/private_offer.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_private_offer') }}
-- depends_on: {{ ref('private_offer_versions') }}
with accepted as (
    select
        tenant_id,
        offer_id,
        buyer_account_id,
        pc_opportunity_id,
        status,
        total_value_usd,
        discount_percent,
        duration_months,
        sent_at,
        expires_on,
        accepted_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by offer_id, buyer_account_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__private_offer') }}
    where _errors = '{}' and {{ in_open_batch('private_offer') }}
),

known as (
    select distinct on (offer_id, buyer_account_id)
        tenant_id,
        offer_id,
        buyer_account_id,
        pc_opportunity_id,
        status,
        total_value_usd,
        discount_percent,
        duration_months,
        sent_at,
        expires_on,
        accepted_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (offer_id, buyer_account_id) in (
        select
            accepted.offer_id,
            accepted.buyer_account_id
        from accepted
    )
    order by offer_id, buyer_account_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.offer_id = known.offer_id
            and accepted.buyer_account_id = known.buyer_account_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    tenant_id,
    offer_id,
    buyer_account_id,
    pc_opportunity_id,
    status,
    total_value_usd,
    discount_percent,
    duration_months,
    sent_at,
    expires_on,
    accepted_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
