{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['movement_id', 'moved_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('stock_movements') }}",
        post_hook="{{ close_batch('stock_movements', ref('stg_logistics__stock_movements'), ref('rejected_stock_movements')) }}",
    )
}}

-- One row per movement_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/logistics/stock_movements.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_stock_movements') }}
with accepted as (
    select
        movement_id,
        site_code,
        item_code,
        movement_type,
        quantity,
        value_change,
        shipment_id,
        moved_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by movement_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_logistics__stock_movements') }}
    where _errors = '{}' and {{ in_open_batch('stock_movements') }}
),

known as (
    select distinct on (movement_id)
        movement_id,
        site_code,
        item_code,
        movement_type,
        quantity,
        value_change,
        shipment_id,
        moved_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            movement_id,
            site_code,
            item_code,
            movement_type,
            quantity,
            value_change,
            shipment_id,
            moved_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (movement_id) in (
            select accepted.movement_id
            from accepted
        )
        union all
        select
            movement_id,
            site_code,
            item_code,
            movement_type,
            quantity,
            value_change,
            shipment_id,
            moved_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('stock_movements') }} as cold
        where (movement_id) in (
            select accepted.movement_id
            from accepted
        )
    ) as standing
    order by movement_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.movement_id = known.movement_id
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
        earlier.movement_id,
        earlier.site_code,
        earlier.item_code,
        earlier.movement_type,
        earlier.quantity,
        earlier.value_change,
        earlier.shipment_id,
        earlier.moved_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.movement_id = earlier.movement_id
    where earlier.moved_at <> newest.moved_at and not earlier._deleted
)

select
    movement_id,
    site_code,
    item_code,
    movement_type,
    quantity,
    value_change,
    shipment_id,
    moved_at,
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
    movement_id,
    site_code,
    item_code,
    movement_type,
    quantity,
    value_change,
    shipment_id,
    moved_at,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
