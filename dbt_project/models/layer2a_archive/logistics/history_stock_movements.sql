{{ config(materialized='view') }}

-- One row per movement_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/logistics/stock_movements.json: edit that file, not this one.
-- depends_on: {{ ref('stock_movements') }}
with everything as (
    select
        coalesce(
            movement_id,
            {{ sql_error('archived rows of stock_movements have no movement_id; if it was renamed, state renamed_from in the definition') }}
        ) as movement_id,
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_stock_movements') }}
    union all
    {% if target.type == 'spark' %}
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('stock_movements', 'hot') }} as hot
    {% else %}
    select
        cast(movement_id as bigint) as movement_id,
        cast(site_code as varchar) as site_code,
        cast(item_code as varchar) as item_code,
        cast(movement_type as varchar) as movement_type,
        cast(quantity as decimal(14, 3)) as quantity,
        cast(value_change as decimal(16, 2)) as value_change,
        cast(shipment_id as uuid) as shipment_id,
        cast(moved_at as timestamptz) as moved_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('stock_movements') }}
    {% endif %}
),

ranked as (
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by movement_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('stock_movements') }}
