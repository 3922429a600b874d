{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['price_list_code', 'sku', 'valid_from_date'],
        full_refresh=false,
        pre_hook="{{ lock_batch('product_prices') }}",
        post_hook="{{ close_batch('product_prices', ref('stg_commerce__product_prices'), ref('rejected_product_prices')) }}",
    )
}}

-- One row per price_list_code and sku and valid_from_date: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/product_prices.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_product_prices') }}
-- depends_on: {{ ref('product_prices_versions') }}
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
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by price_list_code, sku, valid_from_date
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__product_prices') }}
    where _errors = '{}' and {{ in_open_batch('product_prices') }}
),

known as (
    select distinct on (price_list_code, sku, valid_from_date)
        price_list_code,
        sku,
        valid_from_date,
        valid_to_date,
        amount,
        previous_amount,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (price_list_code, sku, valid_from_date) in (
        select
            accepted.price_list_code,
            accepted.sku,
            accepted.valid_from_date
        from accepted
    )
    order by price_list_code, sku, valid_from_date, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.price_list_code = known.price_list_code
            and accepted.sku = known.sku
            and accepted.valid_from_date = known.valid_from_date
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
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
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
