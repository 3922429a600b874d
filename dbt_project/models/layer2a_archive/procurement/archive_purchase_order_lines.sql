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
{% set archived = archived_files('purchase_order_lines', times=['ordered_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
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
{% if archived.paths %}
union all
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
    {%- call archived_rows(archived, 'ordered_at', 'timestamptz') %}
        'purchase_order_id': {name: 'purchase_order_id', type: 'VARCHAR', default_value: null},
        'line_number': {name: 'line_number', type: 'SMALLINT', default_value: null},
        'item_code': {name: 'item_code', type: 'VARCHAR', default_value: null},
        'quantity': {name: 'quantity', type: 'DECIMAL(14,3)', default_value: null},
        'unit_price': {name: 'unit_price', type: 'DECIMAL(14,4)', default_value: null},
        'line_amount': {name: 'line_amount', type: 'DECIMAL(16,2)', default_value: null},
        'standard_cost': {name: 'standard_cost', type: 'DECIMAL(14,4)', default_value: null},
        'ordered_at': {name: 'ordered_at', type: 'TIMESTAMPTZ', default_value: null},
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
where {{ is_current('purchase_order_lines', archived.revision) }}
{% endif %}
{% endif %}
