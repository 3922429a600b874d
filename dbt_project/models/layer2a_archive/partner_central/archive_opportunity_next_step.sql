{{ config(materialized='view') }}

-- One row per row of opportunity_next_step that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/partner_central/opportunity_next_step.json: edit that file, not this one.
-- depends_on: {{ ref('opportunity_next_step') }}
{% if target.type == 'spark' %}
select
    tenant_id,
    pc_opportunity_id,
    noted_at,
    next_step,
    stage_at_time,
    noted_by_side,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('opportunity_next_step', 'cold') }} as files
where {{ handover_is_current('opportunity_next_step') }}
{% else %}
{% set archived = archived_files('opportunity_next_step', times=['noted_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as varchar) as pc_opportunity_id,
    cast(case when guard.is_current then null end as timestamptz) as noted_at,
    cast(case when guard.is_current then null end as varchar) as next_step,
    cast(case when guard.is_current then null end as varchar) as stage_at_time,
    cast(case when guard.is_current then null end as varchar) as noted_by_side,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('opportunity_next_step', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(tenant_id as uuid) as tenant_id,
    cast(pc_opportunity_id as varchar) as pc_opportunity_id,
    cast(noted_at as timestamptz) as noted_at,
    cast(next_step as varchar) as next_step,
    cast(stage_at_time as varchar) as stage_at_time,
    cast(noted_by_side as varchar) as noted_by_side,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'noted_at', 'timestamptz') %}
        'tenant_id': {name: 'tenant_id', type: 'UUID', default_value: null},
        'pc_opportunity_id': {name: 'pc_opportunity_id', type: 'VARCHAR', default_value: null},
        'noted_at': {name: 'noted_at', type: 'TIMESTAMPTZ', default_value: null},
        'next_step': {name: 'next_step', type: 'VARCHAR', default_value: null},
        'stage_at_time': {name: 'stage_at_time', type: 'VARCHAR', default_value: null},
        'noted_by_side': {name: 'noted_by_side', type: 'VARCHAR', default_value: null},
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
where {{ is_current('opportunity_next_step', archived.revision) }}
{% endif %}
{% endif %}
