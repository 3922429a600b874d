{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['agreement_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketplace_agreement') }}",
        post_hook="{{ close_batch('marketplace_agreement', ref('stg_marketplace__marketplace_agreement'), ref('rejected_marketplace_agreement')) }}",
    )
}}

-- One row per agreement_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/marketplace_agreement.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketplace_agreement') }}
-- depends_on: {{ ref('marketplace_agreement_versions') }}
with accepted as (
    select
        tenant_id,
        agreement_id,
        offer_id,
        acceptor_account_id,
        proposer_account_id,
        status,
        agreement_value,
        currency,
        accepted_at,
        started_at,
        ends_at,
        last_seen_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by agreement_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__marketplace_agreement') }}
    where _errors = '{}' and {{ in_open_batch('marketplace_agreement') }}
),

known as (
    select distinct on (agreement_id)
        tenant_id,
        agreement_id,
        offer_id,
        acceptor_account_id,
        proposer_account_id,
        status,
        agreement_value,
        currency,
        accepted_at,
        started_at,
        ends_at,
        last_seen_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (agreement_id) in (
        select accepted.agreement_id
        from accepted
    )
    order by agreement_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.agreement_id = known.agreement_id
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
    agreement_id,
    offer_id,
    acceptor_account_id,
    proposer_account_id,
    status,
    agreement_value,
    currency,
    accepted_at,
    started_at,
    ends_at,
    last_seen_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
