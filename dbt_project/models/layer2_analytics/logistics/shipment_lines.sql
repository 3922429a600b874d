{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['shipment_id', 'line_number', 'shipped_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('shipment_lines') }}",
        post_hook="{{ close_batch('shipment_lines', ref('stg_logistics__shipment_lines'), ref('rejected_shipment_lines')) }}",
    )
}}

-- One row per shipment_id and line_number: the newest record known. Closes the batch.
-- Generated from definitions/object_models/logistics/shipment_lines.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_shipment_lines') }}
with accepted as (
    select
        shipment_id,
        line_number,
        item_code,
        planned_quantity,
        shipped_quantity,
        unit_of_measure,
        is_in_full,
        shipped_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by shipment_id, line_number
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_logistics__shipment_lines') }}
    where _errors = '{}' and {{ in_open_batch('shipment_lines') }}
),

known as (
    select distinct on (shipment_id, line_number)
        shipment_id,
        line_number,
        item_code,
        planned_quantity,
        shipped_quantity,
        unit_of_measure,
        is_in_full,
        shipped_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            shipment_id,
            line_number,
            item_code,
            planned_quantity,
            shipped_quantity,
            unit_of_measure,
            is_in_full,
            shipped_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (shipment_id, line_number) in (
            select
                accepted.shipment_id,
                accepted.line_number
            from accepted
        )
        union all
        select
            shipment_id,
            line_number,
            item_code,
            planned_quantity,
            shipped_quantity,
            unit_of_measure,
            is_in_full,
            shipped_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('shipment_lines') }} as cold
        where (shipment_id, line_number) in (
            select
                accepted.shipment_id,
                accepted.line_number
            from accepted
        )
    ) as standing
    order by shipment_id, line_number, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.shipment_id = known.shipment_id
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
        earlier.shipment_id,
        earlier.line_number,
        earlier.item_code,
        earlier.planned_quantity,
        earlier.shipped_quantity,
        earlier.unit_of_measure,
        earlier.is_in_full,
        earlier.shipped_at,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on
            newest.shipment_id = earlier.shipment_id
            and newest.line_number = earlier.line_number
    where earlier.shipped_at <> newest.shipped_at and not earlier._deleted
)

select
    shipment_id,
    line_number,
    item_code,
    planned_quantity,
    shipped_quantity,
    unit_of_measure,
    is_in_full,
    shipped_at,
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
    shipment_id,
    line_number,
    item_code,
    planned_quantity,
    shipped_quantity,
    unit_of_measure,
    is_in_full,
    shipped_at,
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
