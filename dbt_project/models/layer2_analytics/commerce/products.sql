{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['sku'],
        full_refresh=false,
        pre_hook="{{ lock_batch('products') }}",
        post_hook="{{ close_batch('products', ref('stg_commerce__products'), ref('rejected_products')) }}",
    )
}}

-- One row per sku: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/products.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_products') }}
-- depends_on: {{ ref('products_versions') }}
with accepted as (
    select
        sku,
        product_name,
        product_type,
        price,
        description,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by sku
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__products') }}
    where _errors = '{}' and {{ in_open_batch('products') }}
),

known as (
    select distinct on (sku)
        sku,
        product_name,
        product_type,
        price,
        description,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (sku) in (
        select accepted.sku
        from accepted
    )
    order by sku, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.sku = known.sku
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    sku,
    product_name,
    product_type,
    price,
    description,
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
