-- One row per claimed raw record of audit_event, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/control_plane/audit_event.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('control_plane', 'source_audit_event') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _payload,
        nullif(_payload ->> 'event_id', '') as event_id,
        nullif(_payload ->> 'occurred_at', '') as occurred_at,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        nullif(_payload ->> 'actor_user_id', '') as actor_user_id,
        nullif(_payload ->> 'actor_key_id', '') as actor_key_id,
        _payload ->> 'action' as action,
        _payload ->> 'target_kind' as target_kind,
        _payload ->> 'target_id' as target_id,
        _payload ->> 'outcome' as outcome,
        _payload ->> 'source_ip' as source_ip,
        _payload ->> 'request_id' as request_id
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.event_id,
        typed.occurred_at,
        typed.tenant_id,
        typed.actor_user_id,
        typed.actor_key_id,
        typed.action,
        typed.target_kind,
        typed.target_id,
        typed.outcome,
        typed.source_ip,
        typed.request_id,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('event_id', 'uuid', required=true) }},
                {{ cast_fault('occurred_at', 'timestamptz', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('actor_user_id', 'uuid') }},
                {{ cast_fault('actor_key_id', 'uuid') }},
                {{ cast_fault('action', 'varchar(80)', required=true) }},
                {{ cast_fault('target_kind', 'varchar(40)', required=true) }},
                {{ cast_fault('target_id', 'varchar(128)') }},
                {{ cast_fault('outcome', 'varchar(16)', required=true) }},
                {{ cast_fault('source_ip', 'varchar(45)') }},
                {{ cast_fault('request_id', 'varchar(64)') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.event_id', 'uuid') }} as event_id,
            {{ cast_or_null('sent.occurred_at', 'timestamptz') }} as occurred_at,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.actor_user_id', 'uuid') }} as actor_user_id,
            {{ cast_or_null('sent.actor_key_id', 'uuid') }} as actor_key_id,
            {{ cast_or_null('sent.action', 'varchar(80)') }} as action,
            {{ cast_or_null('sent.target_kind', 'varchar(40)') }} as target_kind,
            {{ cast_or_null('sent.target_id', 'varchar(128)') }} as target_id,
            {{ cast_or_null('sent.outcome', 'varchar(16)') }} as outcome,
            {{ cast_or_null('sent.source_ip', 'varchar(45)') }} as source_ip,
            {{ cast_or_null('sent.request_id', 'varchar(64)') }} as request_id
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
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
        _cast_faults || array_remove(array[
            case
                when not (action ~ '^[a-z_]+\.[a-z_]+$')
                    then 'action: does not fit ^[a-z_]+\.[a-z_]+$'
            end,
            case
                when not (outcome in ('allowed', 'denied', 'failed'))
                    then 'outcome: expected one of allowed, denied, failed'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
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
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('audit_event') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 2, 2)::numeric(3, 2) as _quality_score
from judged
