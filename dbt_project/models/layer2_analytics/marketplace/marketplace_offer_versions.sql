{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook="{{ lock_batch('marketplace_offer') }}",
        post_hook="{{ drop_stale_versions('marketplace_offer', ref('stg_marketplace__marketplace_offer')) }}",
    )
}}

-- One row per version a record of marketplace_offer had, by the source's own order. A late record takes its place in between.
-- Generated from definitions/object_models/marketplace/marketplace_offer.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketplace_offer') }}
with accepted as (
    select
        tenant_id,
        offer_id,
        product_id,
        offer_name,
        state,
        is_private,
        targeting,
        pricing_model,
        currency,
        available_until,
        last_modified_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        now() as _loaded_at,
        1 as _definition_version,
        _quality_issues,
        _quality_score,
        _valid_from as valid_from,
        _correlation_id
    from {{ ref('stg_marketplace__marketplace_offer') }}
    where _errors = '{}' and {{ in_open_batch('marketplace_offer') }}
),

-- The versions already known of the same objects, whose ends may move.
known as (
    select
        tenant_id,
        offer_id,
        product_id,
        offer_name,
        state,
        is_private,
        targeting,
        pricing_model,
        currency,
        available_until,
        last_modified_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        valid_from,
        _correlation_id
    from {{ this }} as standing
    where
        (offer_id) in (
            select accepted.offer_id
            from accepted
            union all
            select earlier.offer_id
            from {{ this }} as earlier
            where {{ in_open_batch('marketplace_offer') }}
        )
        and not {{ in_open_batch('marketplace_offer') }}
        and not exists (
            select from accepted as again
            where again._raw_seq = standing._raw_seq
        )
),

everything as (
    select * from accepted
    union all
    select * from known
)

select
    tenant_id,
    offer_id,
    product_id,
    offer_name,
    state,
    is_private,
    targeting,
    pricing_model,
    currency,
    available_until,
    last_modified_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score,
    valid_from,
    -- Where the order is not one of time, a newer version may hold from earlier on: no two may hold at once.
    case when count(*) over later > 0 then greatest(valid_from, min(valid_from) over later) end as valid_to,
    count(*) over later = 0 as is_current,
    _correlation_id
from everything
window
    later as (
        partition by offer_id
        order by _source_order, _raw_seq
        rows between 1 following and unbounded following
    )
