{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['purchase_order_id', 'line_number', 'ordered_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('purchase_order_lines') }}",
        post_hook="{{ close_batch('purchase_order_lines', ref('stg_procurement__purchase_order_lines'), ref('rejected_purchase_order_lines')) }}",
    )
}}

-- One row per purchase_order_id and line_number: the newest record known. Closes the batch.
-- Generated from definitions/object_models/procurement/purchase_order_lines.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_purchase_order_lines') }}
with accepted as (
    select
        purchase_order_id,
        line_number,
        item_code,
        quantity,
        unit_price,
        line_amount,
        standard_cost,
        ordered_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by purchase_order_id, line_number
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_procurement__purchase_order_lines') }}
    where _errors = '{}' and {{ in_open_batch('purchase_order_lines') }}
),

known as (
    select distinct on (purchase_order_id, line_number)
        purchase_order_id,
        line_number,
        item_code,
        quantity,
        unit_price,
        line_amount,
        standard_cost,
        ordered_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            purchase_order_id,
            line_number,
            item_code,
            quantity,
            unit_price,
            line_amount,
            standard_cost,
            ordered_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (purchase_order_id, line_number) in (
            select
                accepted.purchase_order_id,
                accepted.line_number
            from accepted
        )
        union all
        select
            purchase_order_id,
            line_number,
            item_code,
            quantity,
            unit_price,
            line_amount,
            standard_cost,
            ordered_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('purchase_order_lines') }} as cold
        where (purchase_order_id, line_number) in (
            select
                accepted.purchase_order_id,
                accepted.line_number
            from accepted
        )
    ) as standing
    order by purchase_order_id, line_number, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.purchase_order_id = known.purchase_order_id
            and accepted.line_number = known.line_number
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
        earlier.purchase_order_id,
        earlier.line_number,
        earlier.item_code,
        earlier.quantity,
        earlier.unit_price,
        earlier.line_amount,
        earlier.standard_cost,
        earlier.ordered_at,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on
            newest.purchase_order_id = earlier.purchase_order_id
            and newest.line_number = earlier.line_number
    where earlier.ordered_at <> newest.ordered_at and not earlier._deleted
)

select
    purchase_order_id,
    line_number,
    item_code,
    quantity,
    unit_price,
    line_amount,
    standard_cost,
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
    purchase_order_id,
    line_number,
    item_code,
    quantity,
    unit_price,
    line_amount,
    standard_cost,
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
