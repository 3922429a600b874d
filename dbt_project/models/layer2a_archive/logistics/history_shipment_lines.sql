{{ config(materialized='view') }}

-- One row per shipment_id and line_number: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/logistics/shipment_lines.json: edit that file, not this one.
-- depends_on: {{ ref('shipment_lines') }}
with everything as (
    select
        coalesce(
            shipment_id,
            {{ sql_error('archived rows of shipment_lines have no shipment_id; if it was renamed, state renamed_from in the definition') }}
        ) as shipment_id,
        coalesce(
            line_number,
            {{ sql_error('archived rows of shipment_lines have no line_number; if it was renamed, state renamed_from in the definition') }}
        ) as line_number,
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
    from {{ ref('archive_shipment_lines') }}
    union all
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
    from {{ handed_over('shipment_lines', 'hot') }} as hot
    {% else %}
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
    from {{ lake_view('shipment_lines') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by shipment_id, line_number
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('shipment_lines') }}
