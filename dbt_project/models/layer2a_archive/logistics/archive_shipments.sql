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
{% set archived = archived_files('shipments') %}
{% if archived.paths %}
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
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::uuid as shipment_id,
        null::varchar as waybill_number,
        null::varchar as carrier_code,
        null::varchar as origin_site_code,
        null::varchar as destination_site_code,
        null::varchar as lane_id,
        null::uuid as order_id,
        null::varchar as status,
        null::decimal(12, 3) as gross_weight_kg,
        null::timestamptz as created_at,
        null::timestamptz as promised_at,
        null::timestamptz as departed_at,
        null::timestamptz as delivered_at,
        null::boolean as is_on_time,
        null::timestamptz as updated_at,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('shipments', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
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
{% endif %}
{% endif %}
