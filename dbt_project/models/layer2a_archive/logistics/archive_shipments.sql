{{ config(materialized='view') }}

-- One row per row of shipments that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/logistics/shipments.json: edit that file, not this one.
-- depends_on: {{ ref('shipments') }}
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
from {{ handed_over('shipments', 'cold') }} as files
where {{ handover_is_current('shipments') }}
{% else %}
{% set archived = archived_files('shipments', times=['created_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as uuid) as shipment_id,
    cast(case when guard.is_current then null end as varchar) as waybill_number,
    cast(case when guard.is_current then null end as varchar) as carrier_code,
    cast(case when guard.is_current then null end as varchar) as origin_site_code,
    cast(case when guard.is_current then null end as varchar) as destination_site_code,
    cast(case when guard.is_current then null end as varchar) as lane_id,
    cast(case when guard.is_current then null end as uuid) as order_id,
    cast(case when guard.is_current then null end as varchar) as status,
    cast(case when guard.is_current then null end as decimal(12, 3)) as gross_weight_kg,
    cast(case when guard.is_current then null end as timestamptz) as created_at,
    cast(case when guard.is_current then null end as timestamptz) as promised_at,
    cast(case when guard.is_current then null end as timestamptz) as departed_at,
    cast(case when guard.is_current then null end as timestamptz) as delivered_at,
    cast(case when guard.is_current then null end as boolean) as is_on_time,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('shipments', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
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
from (
    {%- call archived_rows(archived, 'created_at', 'timestamptz') %}
        'shipment_id': {name: 'shipment_id', type: 'UUID', default_value: null},
        'waybill_number': {name: 'waybill_number', type: 'VARCHAR', default_value: null},
        'carrier_code': {name: 'carrier_code', type: 'VARCHAR', default_value: null},
        'origin_site_code': {name: 'origin_site_code', type: 'VARCHAR', default_value: null},
        'destination_site_code': {name: 'destination_site_code', type: 'VARCHAR', default_value: null},
        'lane_id': {name: 'lane_id', type: 'VARCHAR', default_value: null},
        'order_id': {name: 'order_id', type: 'UUID', default_value: null},
        'status': {name: 'status', type: 'VARCHAR', default_value: null},
        'gross_weight_kg': {name: 'gross_weight_kg', type: 'DECIMAL(12,3)', default_value: null},
        'created_at': {name: 'created_at', type: 'TIMESTAMPTZ', default_value: null},
        'promised_at': {name: 'promised_at', type: 'TIMESTAMPTZ', default_value: null},
        'departed_at': {name: 'departed_at', type: 'TIMESTAMPTZ', default_value: null},
        'delivered_at': {name: 'delivered_at', type: 'TIMESTAMPTZ', default_value: null},
        'is_on_time': {name: 'is_on_time', type: 'BOOLEAN', default_value: null},
        'updated_at': {name: 'updated_at', type: 'TIMESTAMPTZ', default_value: null},
        '_raw_seq': {name: '_raw_seq', type: 'BIGINT', default_value: null},
        '_source_order': {name: '_source_order', type: 'BIGINT', default_value: null},
        '_deleted': {name: '_deleted', type: 'BOOLEAN', default_value: null},
        '_batch_id': {name: '_batch_id', type: 'BIGINT', default_value: null},
        '_loaded_at': {name: '_loaded_at', type: 'TIMESTAMPTZ', default_value: null},
        '_definition_version': {name: '_definition_version', type: 'INTEGER', default_value: null},
        '_quality_issues': {name: '_quality_issues', type: 'VARCHAR', default_value: null},
        '_quality_score': {name: '_quality_score', type: 'DECIMAL(3,2)', default_value: null}
    {%- endcall %}
) as files
where {{ is_current('shipments', archived.revision) }}
{% endif %}
{% endif %}
