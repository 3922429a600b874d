{{ config(materialized='view') }}

-- One row per event_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/control_plane/audit_event.json: edit that file, not this one.
-- depends_on: {{ ref('audit_event') }}
with everything as (
    select
        coalesce(
            event_id,
            {{ sql_error('archived rows of audit_event have no event_id; if it was renamed, state renamed_from in the definition') }}
        ) as event_id,
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
    from {{ ref('archive_audit_event') }}
    union all
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
    from {{ handed_over('audit_event', 'hot') }} as hot
    {% else %}
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
        cast(source_ip as varchar) as source_ip,
        cast(request_id as varchar) as request_id,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('audit_event') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by event_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('audit_event') }}
