{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['shipment_id', 'created_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('shipments') }}",
        post_hook="{{ close_batch('shipments', ref('stg_logistics__shipments'), ref('rejected_shipments')) }}",
    )
}}

-- One row per shipment_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/logistics/shipments.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_shipments') }}
with accepted as (
    select
        shipment_id,
        waybill_number,
        carrier_code,
        origin_site_code,
        destination_site_code,
        lane_id,
        order_id,
        status,
        gross_weight_kg,
        created_at,
        promised_at,
        departed_at,
        delivered_at,
        is_on_time,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by shipment_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_logistics__shipments') }}
    where _errors = '{}' and {{ in_open_batch('shipments') }}
),

known as (
    select distinct on (shipment_id)
        shipment_id,
        waybill_number,
        carrier_code,
        origin_site_code,
        destination_site_code,
        lane_id,
        order_id,
        status,
        gross_weight_kg,
        created_at,
        promised_at,
        departed_at,
        delivered_at,
        is_on_time,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            shipment_id,
            waybill_number,
            carrier_code,
            origin_site_code,
            destination_site_code,
            lane_id,
            order_id,
            status,
            gross_weight_kg,
            created_at,
            promised_at,
            departed_at,
            delivered_at,
            is_on_time,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (shipment_id) in (
            select accepted.shipment_id
            from accepted
        )
        union all
        select
            shipment_id,
            waybill_number,
            carrier_code,
            origin_site_code,
            destination_site_code,
            lane_id,
            order_id,
            status,
            gross_weight_kg,
            created_at,
            promised_at,
            departed_at,
            delivered_at,
            is_on_time,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('shipments') }} as cold
        where (shipment_id) in (
            select accepted.shipment_id
            from accepted
        )
    ) as standing
    order by shipment_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.shipment_id = known.shipment_id
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
        earlier.waybill_number,
        earlier.carrier_code,
        earlier.origin_site_code,
        earlier.destination_site_code,
        earlier.lane_id,
        earlier.order_id,
        earlier.status,
        earlier.gross_weight_kg,
        earlier.created_at,
        earlier.promised_at,
        earlier.departed_at,
        earlier.delivered_at,
        earlier.is_on_time,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.shipment_id = earlier.shipment_id
    where earlier.created_at <> newest.created_at and not earlier._deleted
)

select
    shipment_id,
    waybill_number,
    carrier_code,
    origin_site_code,
    destination_site_code,
    lane_id,
    order_id,
    status,
    gross_weight_kg,
    created_at,
    promised_at,
    departed_at,
    delivered_at,
    is_on_time,
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
    waybill_number,
    carrier_code,
    origin_site_code,
    destination_site_code,
    lane_id,
    order_id,
    status,
    gross_weight_kg,
    created_at,
    promised_at,
    departed_at,
    delivered_at,
    is_on_time,
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
