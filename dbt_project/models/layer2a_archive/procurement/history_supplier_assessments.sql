{{ config(materialized='view') }}

-- One row per supplier_id and quarter: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/procurement/supplier_assessments.json: edit that file, not this one.
-- depends_on: {{ ref('supplier_assessments') }}
with everything as (
    select
        coalesce(
            supplier_id,
            {{ sql_error('archived rows of supplier_assessments have no supplier_id; if it was renamed, state renamed_from in the definition') }}
        ) as supplier_id,
        coalesce(
            quarter,
            {{ sql_error('archived rows of supplier_assessments have no quarter; if it was renamed, state renamed_from in the definition') }}
        ) as quarter,
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
    from {{ ref('archive_supplier_assessments') }}
    union all
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
    from {{ handed_over('supplier_assessments', 'hot') }} as hot
    {% else %}
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
    from {{ lake_view('supplier_assessments') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by supplier_id, quarter
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('supplier_assessments') }}
