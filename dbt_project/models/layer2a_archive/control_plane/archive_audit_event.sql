{{ config(materialized='view') }}

-- One row per row of audit_event that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/control_plane/audit_event.json: edit that file, not this one.
-- depends_on: {{ ref('audit_event') }}
{% if target.type == 'spark' %}
select
    event_id,
    occurred_at,
    tenant_id,
    actor_user_id,
    actor_key_id,
    action,
    target_kind,
    target_id,
    outcome,
    source_ip,
    request_id,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('audit_event', 'cold') }} as files
where {{ handover_is_current('audit_event') }}
{% else %}
{% set archived = archived_files('audit_event', times=['occurred_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as uuid) as event_id,
    cast(case when guard.is_current then null end as timestamptz) as occurred_at,
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as uuid) as actor_user_id,
    cast(case when guard.is_current then null end as uuid) as actor_key_id,
    cast(case when guard.is_current then null end as varchar) as action,
    cast(case when guard.is_current then null end as varchar) as target_kind,
    cast(case when guard.is_current then null end as varchar) as target_id,
    cast(case when guard.is_current then null end as varchar) as outcome,
    cast(case when guard.is_current then null end as varchar) as source_ip,
    cast(case when guard.is_current then null end as varchar) as request_id,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('audit_event', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(event_id as uuid) as event_id,
    cast(occurred_at as timestamptz) as occurred_at,
    cast(tenant_id as uuid) as tenant_id,
    cast(actor_user_id as uuid) as actor_user_id,
    cast(actor_key_id as uuid) as actor_key_id,
    cast(action as varchar) as action,
    cast(target_kind as varchar) as target_kind,
    cast(target_id as varchar) as target_id,
    cast(outcome as varchar) as outcome,
    cast(
        case
            when (source_ip similar to 'tok_[0-9a-f]{32}') is not false then source_ip
            else '***'
        end as varchar
    ) as source_ip,
    cast(request_id as varchar) as request_id,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'occurred_at', 'timestamptz') %}
        'event_id': {name: 'event_id', type: 'UUID', default_value: null},
        'occurred_at': {name: 'occurred_at', type: 'TIMESTAMPTZ', default_value: null},
        'tenant_id': {name: 'tenant_id', type: 'UUID', default_value: null},
        'actor_user_id': {name: 'actor_user_id', type: 'UUID', default_value: null},
        'actor_key_id': {name: 'actor_key_id', type: 'UUID', default_value: null},
        'action': {name: 'action', type: 'VARCHAR', default_value: null},
        'target_kind': {name: 'target_kind', type: 'VARCHAR', default_value: null},
        'target_id': {name: 'target_id', type: 'VARCHAR', default_value: null},
        'outcome': {name: 'outcome', type: 'VARCHAR', default_value: null},
        'source_ip': {name: 'source_ip', type: 'VARCHAR', default_value: null},
        'request_id': {name: 'request_id', type: 'VARCHAR', default_value: null},
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
where {{ is_current('audit_event', archived.revision) }}
{% endif %}
{% endif %}
