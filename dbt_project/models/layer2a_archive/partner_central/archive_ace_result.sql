{{ config(materialized='view') }}

-- One row per row of ace_result that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/partner_central/ace_result.json: edit that file, not this one.
-- depends_on: {{ ref('ace_result') }}
{% if target.type == 'spark' %}
select
    tenant_id,
    file_name,
    record_number,
    processed_at,
    record_kind,
    partner_crm_id,
    apn_crm_id,
    pc_opportunity_id,
    pc_lead_id,
    is_success,
    errors,
    warnings,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('ace_result', 'cold') }} as files
where {{ handover_is_current('ace_result') }}
{% else %}
{% set archived = archived_files('ace_result', times=['processed_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as varchar) as file_name,
    cast(case when guard.is_current then null end as integer) as record_number,
    cast(case when guard.is_current then null end as timestamptz) as processed_at,
    cast(case when guard.is_current then null end as varchar) as record_kind,
    cast(case when guard.is_current then null end as varchar) as partner_crm_id,
    cast(case when guard.is_current then null end as varchar) as apn_crm_id,
    cast(case when guard.is_current then null end as varchar) as pc_opportunity_id,
    cast(case when guard.is_current then null end as varchar) as pc_lead_id,
    cast(case when guard.is_current then null end as boolean) as is_success,
    cast(case when guard.is_current then null end as varchar) as errors,
    cast(case when guard.is_current then null end as varchar) as warnings,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('ace_result', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(tenant_id as uuid) as tenant_id,
    cast(file_name as varchar) as file_name,
    cast(record_number as integer) as record_number,
    cast(processed_at as timestamptz) as processed_at,
    cast(record_kind as varchar) as record_kind,
    cast(partner_crm_id as varchar) as partner_crm_id,
    cast(apn_crm_id as varchar) as apn_crm_id,
    cast(pc_opportunity_id as varchar) as pc_opportunity_id,
    cast(pc_lead_id as varchar) as pc_lead_id,
    cast(is_success as boolean) as is_success,
    cast(errors as varchar) as errors,
    cast(warnings as varchar) as warnings,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'processed_at', 'timestamptz') %}
        'tenant_id': {name: 'tenant_id', type: 'UUID', default_value: null},
        'file_name': {name: 'file_name', type: 'VARCHAR', default_value: null},
        'record_number': {name: 'record_number', type: 'INTEGER', default_value: null},
        'processed_at': {name: 'processed_at', type: 'TIMESTAMPTZ', default_value: null},
        'record_kind': {name: 'record_kind', type: 'VARCHAR', default_value: null},
        'partner_crm_id': {name: 'partner_crm_id', type: 'VARCHAR', default_value: null},
        'apn_crm_id': {name: 'apn_crm_id', type: 'VARCHAR', default_value: null},
        'pc_opportunity_id': {name: 'pc_opportunity_id', type: 'VARCHAR', default_value: null},
        'pc_lead_id': {name: 'pc_lead_id', type: 'VARCHAR', default_value: null},
        'is_success': {name: 'is_success', type: 'BOOLEAN', default_value: null},
        'errors': {name: 'errors', type: 'VARCHAR', default_value: null},
        'warnings': {name: 'warnings', type: 'VARCHAR', default_value: null},
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
where {{ is_current('ace_result', archived.revision) }}
{% endif %}
{% endif %}
