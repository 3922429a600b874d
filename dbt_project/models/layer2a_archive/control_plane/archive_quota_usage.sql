{{ config(materialized='view') }}

-- One row per row of quota_usage that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/control_plane/quota_usage.json: edit that file, not this one.
-- depends_on: {{ ref('quota_usage') }}
{% if target.type == 'spark' %}
select
    quota_id,
    measured_at,
    tenant_id,
    used_value,
    limit_value,
    refused_count,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('quota_usage', 'cold') }} as files
where {{ handover_is_current('quota_usage') }}
{% else %}
{% set archived = archived_files('quota_usage', times=['measured_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as varchar) as quota_id,
    cast(case when guard.is_current then null end as timestamptz) as measured_at,
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as bigint) as used_value,
    cast(case when guard.is_current then null end as bigint) as limit_value,
    cast(case when guard.is_current then null end as bigint) as refused_count,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('quota_usage', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(quota_id as varchar) as quota_id,
    cast(measured_at as timestamptz) as measured_at,
    cast(tenant_id as uuid) as tenant_id,
    cast(used_value as bigint) as used_value,
    cast(limit_value as bigint) as limit_value,
    cast(refused_count as bigint) as refused_count,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'measured_at', 'timestamptz') %}
        'quota_id': {name: 'quota_id', type: 'VARCHAR', default_value: null},
        'measured_at': {name: 'measured_at', type: 'TIMESTAMPTZ', default_value: null},
        'tenant_id': {name: 'tenant_id', type: 'UUID', default_value: null},
        'used_value': {name: 'used_value', type: 'BIGINT', default_value: null},
        'limit_value': {name: 'limit_value', type: 'BIGINT', default_value: null},
        'refused_count': {name: 'refused_count', type: 'BIGINT', default_value: null},
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
where {{ is_current('quota_usage', archived.revision) }}
{% endif %}
{% endif %}
