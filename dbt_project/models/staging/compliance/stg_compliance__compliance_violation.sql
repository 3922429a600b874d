-- One row per claimed raw record of compliance_violation, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/compliance/compliance_violation.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('compliance', 'source_compliance_violation') }}
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
        nullif(_payload ->> 'violation_id', '') as violation_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'policy_id' as policy_id,
        _payload ->> 'control_id' as control_id,
        _payload ->> 'severity' as severity,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'affects_personal_data', '') as affects_personal_data,
        nullif(_payload ->> 'detected_at', '') as detected_at,
        nullif(_payload ->> 'reported_at', '') as reported_at,
        nullif(_payload ->> 'resolved_at', '') as resolved_at,
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
        typed.violation_id,
        typed.tenant_id,
        typed.policy_id,
        typed.control_id,
        typed.severity,
        typed.status,
        typed.affects_personal_data,
        typed.detected_at,
        typed.reported_at,
        typed.resolved_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('violation_id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('policy_id', 'varchar(40)', required=true) }},
                {{ cast_fault('control_id', 'varchar(40)') }},
                {{ cast_fault('severity', 'varchar(16)', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('affects_personal_data', 'boolean', required=true) }},
                {{ cast_fault('detected_at', 'timestamptz', required=true) }},
                {{ cast_fault('reported_at', 'timestamptz') }},
                {{ cast_fault('resolved_at', 'timestamptz') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.violation_id', 'uuid') }} as violation_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.policy_id', 'varchar(40)') }} as policy_id,
            {{ cast_or_null('sent.control_id', 'varchar(40)') }} as control_id,
            {{ cast_or_null('sent.severity', 'varchar(16)') }} as severity,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.affects_personal_data', 'boolean') }} as affects_personal_data,
            {{ cast_or_null('sent.detected_at', 'timestamptz') }} as detected_at,
            {{ cast_or_null('sent.reported_at', 'timestamptz') }} as reported_at,
            {{ cast_or_null('sent.resolved_at', 'timestamptz') }} as resolved_at,
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
        violation_id,
        tenant_id,
        policy_id,
        control_id,
        severity,
        status,
        affects_personal_data,
        detected_at,
        reported_at,
        resolved_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (severity in ('low', 'medium', 'high', 'critical'))
                    then 'severity: expected one of low, medium, high, critical'
            end,
            case
                when not (status in ('open', 'contained', 'resolved', 'accepted'))
                    then 'status: expected one of open, contained, resolved, accepted'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (reported_at is null or reported_at >= detected_at)
                    then 'reported_at: does not hold: reported_at is null or reported_at >= detected_at'
            end,
            case
                when not (resolved_at is null or resolved_at >= detected_at)
                    then 'resolved_at: does not hold: resolved_at is null or resolved_at >= detected_at'
            end,
            case
                when not (resolved_at is not null or not status in ('resolved', 'accepted'))
                    then 'resolved_at: does not hold: resolved_at is not null or status not in (''resolved'', ''accepted'')'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    violation_id,
    tenant_id,
    policy_id,
    control_id,
    severity,
    status,
    affects_personal_data,
    detected_at,
    reported_at,
    resolved_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('compliance_violation') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
