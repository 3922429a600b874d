{{ config(materialized='view') }}

-- One row per row of goods_receipts that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/procurement/goods_receipts.json: edit that file, not this one.
-- depends_on: {{ ref('goods_receipts') }}
{% if target.type == 'spark' %}
select
    receipt_id,
    purchase_order_id,
    line_number,
    supplier_id,
    site_code,
    received_quantity,
    rejected_quantity,
    reject_reason,
    is_by_promise,
    received_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('goods_receipts', 'cold') }} as files
where {{ handover_is_current('goods_receipts') }}
{% else %}
{% set archived = archived_files('goods_receipts', times=['received_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as varchar) as receipt_id,
    cast(case when guard.is_current then null end as varchar) as purchase_order_id,
    cast(case when guard.is_current then null end as smallint) as line_number,
    cast(case when guard.is_current then null end as varchar) as supplier_id,
    cast(case when guard.is_current then null end as varchar) as site_code,
    cast(case when guard.is_current then null end as decimal(14, 3)) as received_quantity,
    cast(case when guard.is_current then null end as decimal(14, 3)) as rejected_quantity,
    cast(case when guard.is_current then null end as varchar) as reject_reason,
    cast(case when guard.is_current then null end as boolean) as is_by_promise,
    cast(case when guard.is_current then null end as timestamptz) as received_at,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('goods_receipts', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(receipt_id as varchar) as receipt_id,
    cast(purchase_order_id as varchar) as purchase_order_id,
    cast(line_number as smallint) as line_number,
    cast(supplier_id as varchar) as supplier_id,
    cast(site_code as varchar) as site_code,
    cast(received_quantity as decimal(14, 3)) as received_quantity,
    cast(rejected_quantity as decimal(14, 3)) as rejected_quantity,
    cast(reject_reason as varchar) as reject_reason,
    cast(is_by_promise as boolean) as is_by_promise,
    cast(received_at as timestamptz) as received_at,
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
    {%- call archived_rows(archived, 'received_at', 'timestamptz') %}
        'receipt_id': {name: 'receipt_id', type: 'VARCHAR', default_value: null},
        'purchase_order_id': {name: 'purchase_order_id', type: 'VARCHAR', default_value: null},
        'line_number': {name: 'line_number', type: 'SMALLINT', default_value: null},
        'supplier_id': {name: 'supplier_id', type: 'VARCHAR', default_value: null},
        'site_code': {name: 'site_code', type: 'VARCHAR', default_value: null},
        'received_quantity': {name: 'received_quantity', type: 'DECIMAL(14,3)', default_value: null},
        'rejected_quantity': {name: 'rejected_quantity', type: 'DECIMAL(14,3)', default_value: null},
        'reject_reason': {name: 'reject_reason', type: 'VARCHAR', default_value: null},
        'is_by_promise': {name: 'is_by_promise', type: 'BOOLEAN', default_value: null},
        'received_at': {name: 'received_at', type: 'TIMESTAMPTZ', default_value: null},
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
where {{ is_current('goods_receipts', archived.revision) }}
{% endif %}
{% endif %}
