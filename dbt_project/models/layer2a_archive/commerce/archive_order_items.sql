{{ config(materialized='view') }}

-- One row per row of order_items that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/commerce/order_items.json: edit that file, not this one.
-- depends_on: {{ ref('order_items') }}
{% set files = archived_files('order_items') %}
select
    cast(item_id as UUID) as item_id,
    cast(order_id as UUID) as order_id,
    cast(sku as VARCHAR) as sku,
    cast(ordered_at as TIMESTAMPTZ) as ordered_at,
    cast(updated_at as TIMESTAMPTZ) as updated_at,
    cast(_raw_seq as BIGINT) as _raw_seq,
    cast(_source_order as BIGINT) as _source_order,
    cast(_deleted as BOOLEAN) as _deleted,
    cast(_batch_id as BIGINT) as _batch_id,
    cast(_loaded_at as TIMESTAMPTZ) as _loaded_at,
    cast(_definition_version as INTEGER) as _definition_version,
    cast(_quality_issues as VARCHAR) as _quality_issues,
    cast(_quality_score as DECIMAL(3,2)) as _quality_score
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::UUID as item_id,
        null::UUID as order_id,
        null::VARCHAR as sku,
        null::TIMESTAMPTZ as ordered_at,
        null::TIMESTAMPTZ as updated_at,
        null::BIGINT as _raw_seq,
        null::BIGINT as _source_order,
        null::BOOLEAN as _deleted,
        null::BIGINT as _batch_id,
        null::TIMESTAMPTZ as _loaded_at,
        null::INTEGER as _definition_version,
        null::VARCHAR as _quality_issues,
        null::DECIMAL(3,2) as _quality_score
    where false
{% if files %}
    union all by name
    select *
    from read_parquet([{{ files | join(', ') }}], union_by_name = true, hive_partitioning = false)
{% endif %}
) as files
where {{ is_current('order_items') }}
