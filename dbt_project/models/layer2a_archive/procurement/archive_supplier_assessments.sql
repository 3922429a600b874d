{{ config(materialized='view') }}

-- One row per row of supplier_assessments that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/procurement/supplier_assessments.json: edit that file, not this one.
-- depends_on: {{ ref('supplier_assessments') }}
{% if target.type == 'spark' %}
select
    supplier_id,
    quarter,
    delivery_points,
    quality_points,
    price_points,
    sustainability_points,
    overall_points,
    assessed_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('supplier_assessments', 'cold') }} as files
where {{ handover_is_current('supplier_assessments') }}
{% else %}
{% set archived = archived_files('supplier_assessments') %}
{% if archived.paths %}
select
    cast(supplier_id as varchar) as supplier_id,
    cast(quarter as varchar) as quarter,
    cast(delivery_points as smallint) as delivery_points,
    cast(quality_points as smallint) as quality_points,
    cast(price_points as smallint) as price_points,
    cast(sustainability_points as smallint) as sustainability_points,
    cast(overall_points as decimal(5, 2)) as overall_points,
    cast(assessed_on as date) as assessed_on,
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
        null::varchar as supplier_id,
        null::varchar as quarter,
        null::smallint as delivery_points,
        null::smallint as quality_points,
        null::smallint as price_points,
        null::smallint as sustainability_points,
        null::decimal(5, 2) as overall_points,
        null::date as assessed_on,
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
where {{ is_current('supplier_assessments', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as supplier_id,
    cast(case when guard.is_current then null end as varchar) as quarter,
    cast(case when guard.is_current then null end as smallint) as delivery_points,
    cast(case when guard.is_current then null end as smallint) as quality_points,
    cast(case when guard.is_current then null end as smallint) as price_points,
    cast(case when guard.is_current then null end as smallint) as sustainability_points,
    cast(case when guard.is_current then null end as decimal(5, 2)) as overall_points,
    cast(case when guard.is_current then null end as date) as assessed_on,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('supplier_assessments', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}
