{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['product_code'],
        full_refresh=false,
        pre_hook="{{ lock_batch('aws_product') }}",
        post_hook="{{ close_batch('aws_product', ref('stg_partner_central__aws_product'), ref('rejected_aws_product')) }}",
    )
}}

-- One row per product_code: the newest record known. Closes the batch.
-- Generated from definitions/object_models/partner_central/aws_product.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_aws_product') }}
with accepted as (
    select
        product_code,
        product_name,
        product_family,
        product_description,
        is_retired,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by product_code
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_partner_central__aws_product') }}
    where _errors = '{}' and {{ in_open_batch('aws_product') }}
),

known as (
    select distinct on (product_code)
        product_code,
        product_name,
        product_family,
        product_description,
        is_retired,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (product_code) in (
        select accepted.product_code
        from accepted
    )
    order by product_code, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.product_code = known.product_code
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    product_code,
    product_name,
    product_family,
    product_description,
    is_retired,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
