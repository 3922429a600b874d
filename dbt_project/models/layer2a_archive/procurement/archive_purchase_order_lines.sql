{{ config(materialized='view') }}

-- One row per row of purchase_order_lines that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/procurement/purchase_order_lines.json: edit that file, not this one.
-- depends_on: {{ ref('purchase_order_lines') }}
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
from {{ handed_over('purchase_order_lines', 'cold') }} as files
where {{ handover_is_current('purchase_order_lines') }}
{% else %}
{% set archived = archived_files('purchase_order_lines') %}
{% if archived.paths %}
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
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::varchar as purchase_order_id,
        null::smallint as line_number,
        null::varchar as item_code,
        null::decimal(14, 3) as quantity,
        null::decimal(14, 4) as unit_price,
        null::decimal(16, 2) as line_amount,
        null::decimal(14, 4) as standard_cost,
        null::timestamptz as ordered_at,
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
where {{ is_current('purchase_order_lines', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as purchase_order_id,
    cast(case when guard.is_current then null end as smallint) as line_number,
    cast(case when guard.is_current then null end as varchar) as item_code,
    cast(case when guard.is_current then null end as decimal(14, 3)) as quantity,
    cast(case when guard.is_current then null end as decimal(14, 4)) as unit_price,
    cast(case when guard.is_current then null end as decimal(16, 2)) as line_amount,
    cast(case when guard.is_current then null end as decimal(14, 4)) as standard_cost,
    cast(case when guard.is_current then null end as timestamptz) as ordered_at,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('purchase_order_lines', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}
