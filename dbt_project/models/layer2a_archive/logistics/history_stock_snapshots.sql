{{ config(materialized='view') }}

-- One row per site_code and item_code and counted_on: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/logistics/stock_snapshots.json: edit that file, not this one.
-- depends_on: {{ ref('stock_snapshots') }}
with everything as (
    select
        coalesce(
            site_code,
            {{ sql_error('archived rows of stock_snapshots have no site_code; if it was renamed, state renamed_from in the definition') }}
        ) as site_code,
        coalesce(
            item_code,
            {{ sql_error('archived rows of stock_snapshots have no item_code; if it was renamed, state renamed_from in the definition') }}
        ) as item_code,
        coalesce(
            counted_on,
            {{ sql_error('archived rows of stock_snapshots have no counted_on; if it was renamed, state renamed_from in the definition') }}
        ) as counted_on,
        on_hand_quantity,
        reserved_quantity,
        average_daily_use,
        days_of_stock,
        stock_value,
        currency,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_stock_snapshots') }}
    union all
    {% if target.type == 'spark' %}
    select
        site_code,
        item_code,
        counted_on,
        on_hand_quantity,
        reserved_quantity,
        average_daily_use,
        days_of_stock,
        stock_value,
        currency,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('stock_snapshots', 'hot') }} as hot
    {% else %}
    select
        cast(site_code as varchar) as site_code,
        cast(item_code as varchar) as item_code,
        cast(counted_on as date) as counted_on,
        cast(on_hand_quantity as decimal(14, 3)) as on_hand_quantity,
        cast(reserved_quantity as decimal(14, 3)) as reserved_quantity,
        cast(average_daily_use as decimal(14, 3)) as average_daily_use,
        cast(days_of_stock as decimal(9, 2)) as days_of_stock,
        cast(stock_value as decimal(16, 2)) as stock_value,
        cast(currency as varchar) as currency,
        cast(updated_at as timestamptz) as updated_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('stock_snapshots') }}
    {% endif %}
),

ranked as (
    select
        site_code,
        item_code,
        counted_on,
        on_hand_quantity,
        reserved_quantity,
        average_daily_use,
        days_of_stock,
        stock_value,
        currency,
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
            partition by site_code, item_code, counted_on
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    site_code,
    item_code,
    counted_on,
    on_hand_quantity,
    reserved_quantity,
    average_daily_use,
    days_of_stock,
    stock_value,
    currency,
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
    and {{ archive_is_current('stock_snapshots') }}
