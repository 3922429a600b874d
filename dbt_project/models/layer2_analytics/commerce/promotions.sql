{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['promotion_code'],
        full_refresh=false,
        pre_hook="{{ lock_batch('promotions') }}",
        post_hook="{{ close_batch('promotions', ref('stg_commerce__promotions'), ref('rejected_promotions')) }}",
    )
}}

-- One row per promotion_code: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/promotions.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_promotions') }}
-- depends_on: {{ ref('promotions_versions') }}
with accepted as (
    select
        promotion_code,
        promotion_name,
        discount_type,
        discount_value,
        free_sku,
        starts_at,
        ends_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by promotion_code
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__promotions') }}
    where _errors = '{}' and {{ in_open_batch('promotions') }}
),

known as (
    select distinct on (promotion_code)
        promotion_code,
        promotion_name,
        discount_type,
        discount_value,
        free_sku,
        starts_at,
        ends_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (promotion_code) in (
        select accepted.promotion_code
        from accepted
    )
    order by promotion_code, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.promotion_code = known.promotion_code
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    promotion_code,
    promotion_name,
    discount_type,
    discount_value,
    free_sku,
    starts_at,
    ends_at,
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
