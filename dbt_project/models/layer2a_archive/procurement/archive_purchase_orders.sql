{{ config(materialized='view') }}

-- One row per row of purchase_orders that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/procurement/purchase_orders.json: edit that file, not this one.
-- depends_on: {{ ref('purchase_orders') }}
{% if target.type == 'spark' %}
select
    purchase_order_id,
    supplier_id,
    contract_id,
    site_code,
    cost_center_code,
    status,
    total_amount,
    currency,
    ordered_at,
    promised_on,
    received_on,
    lead_days,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('purchase_orders', 'cold') }} as files
where {{ handover_is_current('purchase_orders') }}
{% else %}
{% set archived = archived_files('purchase_orders', times=['ordered_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as varchar) as purchase_order_id,
    cast(case when guard.is_current then null end as varchar) as supplier_id,
    cast(case when guard.is_current then null end as varchar) as contract_id,
    cast(case when guard.is_current then null end as varchar) as site_code,
    cast(case when guard.is_current then null end as varchar) as cost_center_code,
    cast(case when guard.is_current then null end as varchar) as status,
    cast(case when guard.is_current then null end as decimal(16, 2)) as total_amount,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as timestamptz) as ordered_at,
    cast(case when guard.is_current then null end as date) as promised_on,
    cast(case when guard.is_current then null end as date) as received_on,
    cast(case when guard.is_current then null end as integer) as lead_days,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('purchase_orders', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(purchase_order_id as varchar) as purchase_order_id,
    cast(supplier_id as varchar) as supplier_id,
    cast(contract_id as varchar) as contract_id,
    cast(site_code as varchar) as site_code,
    cast(cost_center_code as varchar) as cost_center_code,
    cast(status as varchar) as status,
    cast(total_amount as decimal(16, 2)) as total_amount,
    cast(currency as varchar) as currency,
    cast(ordered_at as timestamptz) as ordered_at,
    cast(promised_on as date) as promised_on,
    cast(received_on as date) as received_on,
    cast(lead_days as integer) as lead_days,
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
        'supplier_id': {name: 'supplier_id', type: 'VARCHAR', default_value: null},
        'contract_id': {name: 'contract_id', type: 'VARCHAR', default_value: null},
        'site_code': {name: 'site_code', type: 'VARCHAR', default_value: null},
        'cost_center_code': {name: 'cost_center_code', type: 'VARCHAR', default_value: null},
        'status': {name: 'status', type: 'VARCHAR', default_value: null},
        'total_amount': {name: 'total_amount', type: 'DECIMAL(16,2)', default_value: null},
        'currency': {name: 'currency', type: 'VARCHAR', default_value: null},
        'ordered_at': {name: 'ordered_at', type: 'TIMESTAMPTZ', default_value: null},
        'promised_on': {name: 'promised_on', type: 'DATE', default_value: null},
        'received_on': {name: 'received_on', type: 'DATE', default_value: null},
        'lead_days': {name: 'lead_days', type: 'INTEGER', default_value: null},
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
where {{ is_current('purchase_orders', archived.revision) }}
{% endif %}
{% endif %}
