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
{% set archived = archived_files('supplier_assessments', times=['assessed_on']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
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
{% if archived.paths %}
union all
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
    {%- call archived_rows(archived, 'assessed_on', 'timestamp') %}
        'supplier_id': {name: 'supplier_id', type: 'VARCHAR', default_value: null},
        'quarter': {name: 'quarter', type: 'VARCHAR', default_value: null},
        'delivery_points': {name: 'delivery_points', type: 'SMALLINT', default_value: null},
        'quality_points': {name: 'quality_points', type: 'SMALLINT', default_value: null},
        'price_points': {name: 'price_points', type: 'SMALLINT', default_value: null},
        'sustainability_points': {name: 'sustainability_points', type: 'SMALLINT', default_value: null},
        'overall_points': {name: 'overall_points', type: 'DECIMAL(5,2)', default_value: null},
        'assessed_on': {name: 'assessed_on', type: 'DATE', default_value: null},
        'updated_at': {name: 'updated_at', type: 'TIMESTAMPTZ', default_value: null},
        '_raw_seq': {name: '_raw_seq', type: 'BIGINT', default_value: null},
        '_source_order': {name: '_source_order', type: 'BIGINT', default_value: null},
        '_deleted': {name: '_deleted', type: 'BOOLEAN', default_value: null},
        '_batch_id': {name: '_batch_id', type: 'BIGINT', default_value: null},
        '_loaded_at': {name: '_loaded_at', type: 'TIMESTAMPTZ', default_value: null},
        '_definition_version': {name: '_definition_version', type: 'INTEGER', default_value: null},
        '_quality_issues': {name: '_quality_issues', type: 'VARCHAR', default_value: null},
        '_quality_score': {name: '_quality_score', type: 'DECIMAL(3,2)', default_value: null}
    {%- endcall %}
) as files
where {{ is_current('supplier_assessments', archived.revision) }}
{% endif %}
{% endif %}
