{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['price_list_code'],
        full_refresh=false,
        pre_hook="{{ lock_batch('price_lists') }}",
        post_hook="{{ close_batch('price_lists', ref('stg_commerce__price_lists'), ref('rejected_price_lists')) }}",
    )
}}

-- One row per price_list_code: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/price_lists.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_price_lists') }}
with accepted as (
    select
        price_list_code,
        price_list_name,
        channel,
        currency,
        includes_tax,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by price_list_code
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__price_lists') }}
    where _errors = '{}' and {{ in_open_batch('price_lists') }}
),

known as (
    select distinct on (price_list_code)
        price_list_code,
        price_list_name,
        channel,
        currency,
        includes_tax,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (price_list_code) in (
        select accepted.price_list_code
        from accepted
    )
    order by price_list_code, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.price_list_code = known.price_list_code
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
    price_list_name,
    channel,
    currency,
    includes_tax,
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
