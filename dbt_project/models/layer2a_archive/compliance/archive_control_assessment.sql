{{ config(materialized='view') }}

-- One row per row of control_assessment that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/compliance/control_assessment.json: edit that file, not this one.
-- depends_on: {{ ref('control_assessment') }}
{% if target.type == 'spark' %}
select
    assessment_id,
    assessed_at,
    tenant_id,
    control_id,
    assessor_kind,
    result,
    sample_size,
    exception_count,
    evidence_ref,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('control_assessment', 'cold') }} as files
where {{ handover_is_current('control_assessment') }}
{% else %}
{% set archived = archived_files('control_assessment', times=['assessed_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as uuid) as assessment_id,
    cast(case when guard.is_current then null end as timestamptz) as assessed_at,
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as varchar) as control_id,
    cast(case when guard.is_current then null end as varchar) as assessor_kind,
    cast(case when guard.is_current then null end as varchar) as result,
    cast(case when guard.is_current then null end as integer) as sample_size,
    cast(case when guard.is_current then null end as integer) as exception_count,
    cast(case when guard.is_current then null end as varchar) as evidence_ref,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('control_assessment', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(assessment_id as uuid) as assessment_id,
    cast(assessed_at as timestamptz) as assessed_at,
    cast(tenant_id as uuid) as tenant_id,
    cast(control_id as varchar) as control_id,
    cast(assessor_kind as varchar) as assessor_kind,
    cast(result as varchar) as result,
    cast(sample_size as integer) as sample_size,
    cast(exception_count as integer) as exception_count,
    cast(evidence_ref as varchar) as evidence_ref,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'assessed_at', 'timestamptz') %}
        'assessment_id': {name: 'assessment_id', type: 'UUID', default_value: null},
        'assessed_at': {name: 'assessed_at', type: 'TIMESTAMPTZ', default_value: null},
        'tenant_id': {name: 'tenant_id', type: 'UUID', default_value: null},
        'control_id': {name: 'control_id', type: 'VARCHAR', default_value: null},
        'assessor_kind': {name: 'assessor_kind', type: 'VARCHAR', default_value: null},
        'result': {name: 'result', type: 'VARCHAR', default_value: null},
        'sample_size': {name: 'sample_size', type: 'INTEGER', default_value: null},
        'exception_count': {name: 'exception_count', type: 'INTEGER', default_value: null},
        'evidence_ref': {name: 'evidence_ref', type: 'VARCHAR', default_value: null},
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
where {{ is_current('control_assessment', archived.revision) }}
{% endif %}
{% endif %}
