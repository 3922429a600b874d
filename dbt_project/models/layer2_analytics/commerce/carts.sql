{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['cart_id', 'opened_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('carts') }}",
        post_hook="{{ close_batch('carts', ref('stg_commerce__carts'), ref('rejected_carts')) }}",
    )
}}

-- One row per cart_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/carts.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_carts') }}
with accepted as (
    select
        cart_id,
        customer_id,
        status,
        order_id,
        promotion_code,
        discount_amount,
        total_amount,
        currency,
        items,
        opened_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by cart_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__carts') }}
    where _errors = '{}' and {{ in_open_batch('carts') }}
),

known as (
    select distinct on (cart_id)
        cart_id,
        customer_id,
        status,
        order_id,
        promotion_code,
        discount_amount,
        total_amount,
        currency,
        items,
        opened_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            cart_id,
            customer_id,
            status,
            order_id,
            promotion_code,
            discount_amount,
            total_amount,
            currency,
            items,
            opened_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (cart_id) in (
            select accepted.cart_id
            from accepted
        )
        union all
        select
            cart_id,
            customer_id,
            status,
            order_id,
            promotion_code,
            discount_amount,
            total_amount,
            currency,
            items,
            opened_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('carts') }} as cold
        where (cart_id) in (
            select accepted.cart_id
            from accepted
        )
    ) as standing
    order by cart_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.cart_id = known.cart_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.cart_id,
        earlier.customer_id,
        earlier.status,
        earlier.order_id,
        earlier.promotion_code,
        earlier.discount_amount,
        earlier.total_amount,
        earlier.currency,
        earlier.items,
        earlier.opened_at,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.cart_id = earlier.cart_id
    where earlier.opened_at <> newest.opened_at and not earlier._deleted
)

select
    cart_id,
    customer_id,
    status,
    order_id,
    promotion_code,
    discount_amount,
    total_amount,
    currency,
    items,
    opened_at,
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
union all
select
    cart_id,
    customer_id,
    status,
    order_id,
    promotion_code,
    discount_amount,
    total_amount,
    currency,
    items,
    opened_at,
    updated_at,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
