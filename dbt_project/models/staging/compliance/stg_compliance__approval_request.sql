-- One row per claimed raw record of approval_request, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/compliance/approval_request.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('compliance', 'source_approval_request') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        {{ correlation_id('_payload', '_run_id') }} as _correlation_id,
        _payload,
        nullif(_payload ->> 'approval_id', '') as approval_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'policy_id' as policy_id,
        _payload ->> 'subject_kind' as subject_kind,
        _payload ->> 'subject_id' as subject_id,
        nullif(_payload ->> 'requested_by_id', '') as requested_by_id,
        nullif(_payload ->> 'decided_by_id', '') as decided_by_id,
        _payload ->> 'decision' as decision,
        nullif(_payload ->> 'requested_at', '') as requested_at,
        nullif(_payload ->> 'decided_at', '') as decided_at,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.approval_id,
        typed.tenant_id,
        typed.policy_id,
        typed.subject_kind,
        typed.subject_id,
        typed.requested_by_id,
        typed.decided_by_id,
        typed.decision,
        typed.requested_at,
        typed.decided_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('approval_id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('policy_id', 'varchar(40)', required=true) }},
                {{ cast_fault('subject_kind', 'varchar(32)', required=true) }},
                {{ cast_fault('subject_id', 'varchar(128)', required=true) }},
                {{ cast_fault('requested_by_id', 'uuid', required=true) }},
                {{ cast_fault('decided_by_id', 'uuid') }},
                {{ cast_fault('decision', 'varchar(16)', required=true) }},
                {{ cast_fault('requested_at', 'timestamptz', required=true) }},
                {{ cast_fault('decided_at', 'timestamptz') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.approval_id', 'uuid') }} as approval_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.policy_id', 'varchar(40)') }} as policy_id,
            {{ cast_or_null('sent.subject_kind', 'varchar(32)') }} as subject_kind,
            {{ cast_or_null('sent.subject_id', 'varchar(128)') }} as subject_id,
            {{ cast_or_null('sent.requested_by_id', 'uuid') }} as requested_by_id,
            {{ cast_or_null('sent.decided_by_id', 'uuid') }} as decided_by_id,
            {{ cast_or_null('sent.decision', 'varchar(16)') }} as decision,
            {{ cast_or_null('sent.requested_at', 'timestamptz') }} as requested_at,
            {{ cast_or_null('sent.decided_at', 'timestamptz') }} as decided_at,
            {{ cast_or_null('sent.updated_at', 'timestamptz') }} as updated_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
        approval_id,
        tenant_id,
        policy_id,
        subject_kind,
        subject_id,
        requested_by_id,
        decided_by_id,
        decision,
        requested_at,
        decided_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (subject_kind in ('archive_delete', 'hold_release', 'role_grant', 'policy_change', 'private_offer', 'data_export'))
                    then 'subject_kind: expected one of archive_delete, hold_release, role_grant, policy_change, private_offer, data_export'
            end,
            case
                when not (decided_by_id is null or decided_by_id <> requested_by_id)
                    then 'decided_by_id: does not hold: decided_by_id is null or decided_by_id <> requested_by_id'
            end,
            case
                when not (decision in ('pending', 'approved', 'rejected', 'lapsed'))
                    then 'decision: expected one of pending, approved, rejected, lapsed'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (decided_at is null or decided_at >= requested_at)
                    then 'decided_at: does not hold: decided_at is null or decided_at >= requested_at'
            end,
            case
                when not (decided_at is not null or decision = 'pending')
                    then 'decided_at: does not hold: decided_at is not null or decision = ''pending'''
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    approval_id,
    tenant_id,
    policy_id,
    subject_kind,
    subject_id,
    requested_by_id,
    decided_by_id,
    decision,
    requested_at,
    decided_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('approval_request') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
