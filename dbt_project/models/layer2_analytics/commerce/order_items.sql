{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['item_id', 'ordered_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('order_items') }}",
        post_hook="{{ close_batch('order_items', ref('stg_commerce__order_items'), ref('rejected_order_items')) }}",
    )
}}

-- One row per item_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/order_items.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_order_items') }}
with accepted as (
    select
        item_id,
        order_id,
        sku,
        ordered_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by item_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__order_items') }}
    where _errors = '{}' and {{ in_open_batch('order_items') }}
),

known as (
    select distinct on (item_id)
        item_id,
        order_id,
        sku,
        ordered_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            item_id,
            order_id,
            sku,
            ordered_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (item_id) in (
            select accepted.item_id
            from accepted
        )
        union all
        select
            item_id,
            order_id,
            sku,
            ordered_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('order_items') }} as cold
        where (item_id) in (
            select accepted.item_id
            from accepted
        )
    ) as standing
    order by item_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.item_id = known.item_id
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
        earlier.item_id,
        earlier.order_id,
        earlier.sku,
        earlier.ordered_at,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.item_id = earlier.item_id
    where earlier.ordered_at <> newest.ordered_at and not earlier._deleted
)

select
    item_id,
    order_id,
    sku,
    ordered_at,
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
    item_id,
    order_id,
    sku,
    ordered_at,
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
