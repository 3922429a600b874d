{{ config(materialized='view') }}

-- One row per item_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/commerce/order_items.json: edit that file, not this one.
-- depends_on: {{ ref('order_items') }}
with everything as (
    select
        coalesce(
            item_id,
            {{ sql_error('archived rows of order_items have no item_id; if it was renamed, state renamed_from in the definition') }}
        ) as item_id,
        order_id,
        sku,
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
    from {{ ref('archive_order_items') }}
    union all
    {% if target.type == 'spark' %}
    select
        item_id,
        order_id,
        sku,
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
    from {{ handed_over('order_items', 'hot') }} as hot
    {% else %}
    select
        cast(item_id as uuid) as item_id,
        cast(order_id as uuid) as order_id,
        cast(sku as varchar) as sku,
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
    from {{ lake_view('order_items') }}
    {% endif %}
),

ranked as (
    select
        item_id,
        order_id,
        sku,
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
            partition by item_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    item_id,
    order_id,
    sku,
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
    and {{ archive_is_current('order_items') }}
