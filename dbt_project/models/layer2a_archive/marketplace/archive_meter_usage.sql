{{ config(materialized='view') }}

-- One row per row of meter_usage that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/marketplace/meter_usage.json: edit that file, not this one.
-- depends_on: {{ ref('meter_usage') }}
{% if target.type == 'spark' %}
select
    id,
    tenant_id,
    product_code,
    customer_identifier,
    dimension,
    quantity,
    usage_time,
    correlation_id,
    status,
    metering_record_id,
    sent_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('meter_usage', 'cold') }} as files
where {{ handover_is_current('meter_usage') }}
{% else %}
{% set archived = archived_files('meter_usage', times=['usage_time']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as varchar) as id,
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as varchar) as product_code,
    cast(case when guard.is_current then null end as varchar) as customer_identifier,
    cast(case when guard.is_current then null end as varchar) as dimension,
    cast(case when guard.is_current then null end as bigint) as quantity,
    cast(case when guard.is_current then null end as timestamptz) as usage_time,
    cast(case when guard.is_current then null end as varchar) as correlation_id,
    cast(case when guard.is_current then null end as varchar) as status,
    cast(case when guard.is_current then null end as varchar) as metering_record_id,
    cast(case when guard.is_current then null end as timestamptz) as sent_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('meter_usage', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(id as varchar) as id,
    cast(tenant_id as uuid) as tenant_id,
    cast(product_code as varchar) as product_code,
    cast(customer_identifier as varchar) as customer_identifier,
    cast(dimension as varchar) as dimension,
    cast(quantity as bigint) as quantity,
    cast(usage_time as timestamptz) as usage_time,
    cast(correlation_id as varchar) as correlation_id,
    cast(status as varchar) as status,
    cast(metering_record_id as varchar) as metering_record_id,
    cast(sent_at as timestamptz) as sent_at,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'usage_time', 'timestamptz') %}
        'id': {name: 'id', type: 'VARCHAR', default_value: null},
        'tenant_id': {name: 'tenant_id', type: 'UUID', default_value: null},
        'product_code': {name: 'product_code', type: 'VARCHAR', default_value: null},
        'customer_identifier': {name: 'customer_identifier', type: 'VARCHAR', default_value: null},
        'dimension': {name: 'dimension', type: 'VARCHAR', default_value: null},
        'quantity': {name: 'quantity', type: 'BIGINT', default_value: null},
        'usage_time': {name: 'usage_time', type: 'TIMESTAMPTZ', default_value: null},
        'correlation_id': {name: 'correlation_id', type: 'VARCHAR', default_value: null},
        'status': {name: 'status', type: 'VARCHAR', default_value: null},
        'metering_record_id': {name: 'metering_record_id', type: 'VARCHAR', default_value: null},
        'sent_at': {name: 'sent_at', type: 'TIMESTAMPTZ', default_value: null},
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
where {{ is_current('meter_usage', archived.revision) }}
{% endif %}
{% endif %}
