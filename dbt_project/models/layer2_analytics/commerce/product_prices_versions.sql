{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook="{{ lock_batch('product_prices') }}",
        post_hook="{{ drop_stale_versions('product_prices', ref('stg_commerce__product_prices')) }}",
    )
}}

-- One row per version a record of product_prices had, by the source's own order. A late record takes its place in between.
-- Generated from definitions/object_models/commerce/product_prices.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_product_prices') }}
with accepted as (
    select
        price_list_code,
        sku,
        valid_from_date,
        valid_to_date,
        amount,
        previous_amount,
        updated_at,
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
    from {{ ref('stg_commerce__product_prices') }}
    where _errors = '{}' and {{ in_open_batch('product_prices') }}
),

-- The versions already known of the same objects, whose ends may move.
known as (
    select
        price_list_code,
        sku,
        valid_from_date,
        valid_to_date,
        amount,
        previous_amount,
        updated_at,
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
        (price_list_code, sku, valid_from_date) in (
            select
                accepted.price_list_code,
                accepted.sku,
                accepted.valid_from_date
            from accepted
            union all
            select
                earlier.price_list_code,
                earlier.sku,
                earlier.valid_from_date
            from {{ this }} as earlier
            where {{ in_open_batch('product_prices') }}
        )
        and not {{ in_open_batch('product_prices') }}
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
    price_list_code,
    sku,
    valid_from_date,
    valid_to_date,
    amount,
    previous_amount,
    updated_at,
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
        partition by price_list_code, sku, valid_from_date
        order by _source_order, _raw_seq
        rows between 1 following and unbounded following
    )
