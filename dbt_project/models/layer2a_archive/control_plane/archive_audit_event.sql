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
{% set archived = archived_files('audit_event') %}
{% if archived.paths %}
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
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::uuid as event_id,
        null::timestamptz as occurred_at,
        null::uuid as tenant_id,
        null::uuid as actor_user_id,
        null::uuid as actor_key_id,
        null::varchar as action,
        null::varchar as target_kind,
        null::varchar as target_id,
        null::varchar as outcome,
        null::varchar as source_ip,
        null::varchar as request_id,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('audit_event', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
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
{% endif %}
{% endif %}
