{{ config(materialized='view') }}

-- One row per shipment_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/logistics/shipments.json: edit that file, not this one.
-- depends_on: {{ ref('shipments') }}
with everything as (
    select
        coalesce(
            shipment_id,
            {{ sql_error('archived rows of shipments have no shipment_id; if it was renamed, state renamed_from in the definition') }}
        ) as shipment_id,
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_shipments') }}
    union all
    {% if target.type == 'spark' %}
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('shipments', 'hot') }} as hot
    {% else %}
    select
        cast(shipment_id as uuid) as shipment_id,
        cast(waybill_number as varchar) as waybill_number,
        cast(carrier_code as varchar) as carrier_code,
        cast(origin_site_code as varchar) as origin_site_code,
        cast(destination_site_code as varchar) as destination_site_code,
        cast(lane_id as varchar) as lane_id,
        cast(order_id as uuid) as order_id,
        cast(status as varchar) as status,
        cast(gross_weight_kg as decimal(12, 3)) as gross_weight_kg,
        cast(created_at as timestamptz) as created_at,
        cast(promised_at as timestamptz) as promised_at,
        cast(departed_at as timestamptz) as departed_at,
        cast(delivered_at as timestamptz) as delivered_at,
        cast(is_on_time as boolean) as is_on_time,
        cast(updated_at as timestamptz) as updated_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('shipments') }}
    {% endif %}
),

ranked as (
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by shipment_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('shipments') }}
