{{ config(materialized='view') }}

-- One row per row of stock_snapshots that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/logistics/stock_snapshots.json: edit that file, not this one.
-- depends_on: {{ ref('stock_snapshots') }}
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
from {{ handed_over('stock_snapshots', 'cold') }} as files
where {{ handover_is_current('stock_snapshots') }}
{% else %}
{% set archived = archived_files('stock_snapshots') %}
{% if archived.paths %}
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
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::varchar as site_code,
        null::varchar as item_code,
        null::date as counted_on,
        null::decimal(14, 3) as on_hand_quantity,
        null::decimal(14, 3) as reserved_quantity,
        null::decimal(14, 3) as average_daily_use,
        null::decimal(9, 2) as days_of_stock,
        null::decimal(16, 2) as stock_value,
        null::varchar as currency,
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
where {{ is_current('stock_snapshots', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as site_code,
    cast(case when guard.is_current then null end as varchar) as item_code,
    cast(case when guard.is_current then null end as date) as counted_on,
    cast(case when guard.is_current then null end as decimal(14, 3)) as on_hand_quantity,
    cast(case when guard.is_current then null end as decimal(14, 3)) as reserved_quantity,
    cast(case when guard.is_current then null end as decimal(14, 3)) as average_daily_use,
    cast(case when guard.is_current then null end as decimal(9, 2)) as days_of_stock,
    cast(case when guard.is_current then null end as decimal(16, 2)) as stock_value,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('stock_snapshots', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}
