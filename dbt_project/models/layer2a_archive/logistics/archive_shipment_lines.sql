{{ config(materialized='view') }}

-- One row per row of shipment_lines that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/logistics/shipment_lines.json: edit that file, not this one.
-- depends_on: {{ ref('shipment_lines') }}
{% if target.type == 'spark' %}
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('shipment_lines', 'cold') }} as files
where {{ handover_is_current('shipment_lines') }}
{% else %}
{% set archived = archived_files('shipment_lines') %}
{% if archived.paths %}
select
    cast(shipment_id as uuid) as shipment_id,
    cast(line_number as smallint) as line_number,
    cast(item_code as varchar) as item_code,
    cast(planned_quantity as decimal(14, 3)) as planned_quantity,
    cast(shipped_quantity as decimal(14, 3)) as shipped_quantity,
    cast(unit_of_measure as varchar) as unit_of_measure,
    cast(is_in_full as boolean) as is_in_full,
    cast(shipped_at as timestamptz) as shipped_at,
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
        null::smallint as line_number,
        null::varchar as item_code,
        null::decimal(14, 3) as planned_quantity,
        null::decimal(14, 3) as shipped_quantity,
        null::varchar as unit_of_measure,
        null::boolean as is_in_full,
        null::timestamptz as shipped_at,
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
where {{ is_current('shipment_lines', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as uuid) as shipment_id,
    cast(case when guard.is_current then null end as smallint) as line_number,
    cast(case when guard.is_current then null end as varchar) as item_code,
    cast(case when guard.is_current then null end as decimal(14, 3)) as planned_quantity,
    cast(case when guard.is_current then null end as decimal(14, 3)) as shipped_quantity,
    cast(case when guard.is_current then null end as varchar) as unit_of_measure,
    cast(case when guard.is_current then null end as boolean) as is_in_full,
    cast(case when guard.is_current then null end as timestamptz) as shipped_at,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('shipment_lines', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}
