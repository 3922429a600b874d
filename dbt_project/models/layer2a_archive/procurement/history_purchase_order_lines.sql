{{ config(materialized='view') }}

-- One row per purchase_order_id and line_number: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/procurement/purchase_order_lines.json: edit that file, not this one.
-- depends_on: {{ ref('purchase_order_lines') }}
with everything as (
    select
        coalesce(
            purchase_order_id,
            {{ sql_error('archived rows of purchase_order_lines have no purchase_order_id; if it was renamed, state renamed_from in the definition') }}
        ) as purchase_order_id,
        coalesce(
            line_number,
            {{ sql_error('archived rows of purchase_order_lines have no line_number; if it was renamed, state renamed_from in the definition') }}
        ) as line_number,
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_purchase_order_lines') }}
    union all
    {% if target.type == 'spark' %}
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('purchase_order_lines', 'hot') }} as hot
    {% else %}
    select
        cast(purchase_order_id as varchar) as purchase_order_id,
        cast(line_number as smallint) as line_number,
        cast(item_code as varchar) as item_code,
        cast(quantity as decimal(14, 3)) as quantity,
        cast(unit_price as decimal(14, 4)) as unit_price,
        cast(line_amount as decimal(16, 2)) as line_amount,
        cast(standard_cost as decimal(14, 4)) as standard_cost,
        cast(ordered_at as timestamptz) as ordered_at,
        cast(updated_at as timestamptz) as updated_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('purchase_order_lines') }}
    {% endif %}
),

ranked as (
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by purchase_order_id, line_number
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('purchase_order_lines') }}
