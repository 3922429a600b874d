{{ config(materialized='view') }}

-- One row per row of orders that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/commerce/orders.json: edit that file, not this one.
-- depends_on: {{ ref('orders') }}
{% if target.type == 'spark' %}
select
    order_id,
    customer_id,
    store_id,
    ordered_at,
    status,
    fulfilled_at,
    subtotal,
    tax_paid,
    order_total,
    updated_at,
    total_amount,
    currency,
    created_at,
    created_by,
    updated_by,
    version,
    deleted_at,
    deleted_by,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('orders', 'cold') }} as files
where {{ handover_is_current('orders') }}
{% else %}
{% set archived = archived_files('orders', times=['ordered_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as uuid) as order_id,
    cast(case when guard.is_current then null end as uuid) as customer_id,
    cast(case when guard.is_current then null end as uuid) as store_id,
    cast(case when guard.is_current then null end as timestamptz) as ordered_at,
    cast(case when guard.is_current then null end as varchar) as status,
    cast(case when guard.is_current then null end as timestamptz) as fulfilled_at,
    cast(case when guard.is_current then null end as integer) as subtotal,
    cast(case when guard.is_current then null end as integer) as tax_paid,
    cast(case when guard.is_current then null end as integer) as order_total,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as decimal(10, 2)) as total_amount,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as timestamptz) as created_at,
    cast(case when guard.is_current then null end as varchar) as created_by,
    cast(case when guard.is_current then null end as varchar) as updated_by,
    cast(case when guard.is_current then null end as integer) as version,
    cast(case when guard.is_current then null end as timestamptz) as deleted_at,
    cast(case when guard.is_current then null end as varchar) as deleted_by,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('orders', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(order_id as uuid) as order_id,
    cast(customer_id as uuid) as customer_id,
    cast(store_id as uuid) as store_id,
    cast(ordered_at as timestamptz) as ordered_at,
    cast(status as varchar) as status,
    cast(fulfilled_at as timestamptz) as fulfilled_at,
    cast(subtotal as integer) as subtotal,
    cast(tax_paid as integer) as tax_paid,
    cast(order_total as integer) as order_total,
    cast(updated_at as timestamptz) as updated_at,
    cast(total_amount as decimal(10, 2)) as total_amount,
    cast(currency as varchar) as currency,
    cast(created_at as timestamptz) as created_at,
    cast(created_by as varchar) as created_by,
    cast(updated_by as varchar) as updated_by,
    cast(version as integer) as version,
    cast(deleted_at as timestamptz) as deleted_at,
    cast(deleted_by as varchar) as deleted_by,
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
        'order_id': {name: 'order_id', type: 'UUID', default_value: null},
        'customer_id': {name: 'customer_id', type: 'UUID', default_value: null},
        'store_id': {name: 'store_id', type: 'UUID', default_value: null},
        'ordered_at': {name: 'ordered_at', type: 'TIMESTAMPTZ', default_value: null},
        'status': {name: 'status', type: 'VARCHAR', default_value: null},
        'fulfilled_at': {name: 'fulfilled_at', type: 'TIMESTAMPTZ', default_value: null},
        'subtotal': {name: 'subtotal', type: 'INTEGER', default_value: null},
        'tax_paid': {name: 'tax_paid', type: 'INTEGER', default_value: null},
        'order_total': {name: 'order_total', type: 'INTEGER', default_value: null},
        'updated_at': {name: 'updated_at', type: 'TIMESTAMPTZ', default_value: null},
        'total_amount': {name: 'total_amount', type: 'DECIMAL(10,2)', default_value: null},
        'currency': {name: 'currency', type: 'VARCHAR', default_value: null},
        'created_at': {name: 'created_at', type: 'TIMESTAMPTZ', default_value: null},
        'created_by': {name: 'created_by', type: 'VARCHAR', default_value: null},
        'updated_by': {name: 'updated_by', type: 'VARCHAR', default_value: null},
        'version': {name: 'version', type: 'INTEGER', default_value: null},
        'deleted_at': {name: 'deleted_at', type: 'TIMESTAMPTZ', default_value: null},
        'deleted_by': {name: 'deleted_by', type: 'VARCHAR', default_value: null},
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
where {{ is_current('orders', archived.revision) }}
{% endif %}
{% endif %}
