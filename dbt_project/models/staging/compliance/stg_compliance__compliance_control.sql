-- One row per claimed raw record of compliance_control, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/compliance/compliance_control.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('compliance', 'source_compliance_control') }}
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
        _payload ->> 'control_id' as control_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'policy_id' as policy_id,
        _payload ->> 'title' as title,
        _payload ->> 'control_kind' as control_kind,
        nullif(_payload ->> 'is_automated', '') as is_automated,
        _payload ->> 'frequency' as frequency,
        _payload ->> 'status' as status,
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
        typed.control_id,
        typed.tenant_id,
        typed.policy_id,
        typed.title,
        typed.control_kind,
        typed.is_automated,
        typed.frequency,
        typed.status,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('control_id', 'varchar(40)', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('policy_id', 'varchar(40)', required=true) }},
                {{ cast_fault('title', 'varchar(200)', required=true) }},
                {{ cast_fault('control_kind', 'varchar(16)', required=true) }},
                {{ cast_fault('is_automated', 'boolean', required=true) }},
                {{ cast_fault('frequency', 'varchar(16)', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.control_id', 'varchar(40)') }} as control_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.policy_id', 'varchar(40)') }} as policy_id,
            {{ cast_or_null('sent.title', 'varchar(200)') }} as title,
            {{ cast_or_null('sent.control_kind', 'varchar(16)') }} as control_kind,
            {{ cast_or_null('sent.is_automated', 'boolean') }} as is_automated,
            {{ cast_or_null('sent.frequency', 'varchar(16)') }} as frequency,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
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
        control_id,
        tenant_id,
        policy_id,
        title,
        control_kind,
        is_automated,
        frequency,
        status,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (control_id ~ '^CTL-[0-9]{3,6}$')
                    then 'control_id: does not fit ^CTL-[0-9]{3,6}$'
            end,
            case
                when not (char_length(title) between 1 and 200)
                    then 'title: expected 1 to 200 characters'
            end,
            case
                when not (control_kind in ('preventive', 'detective', 'corrective'))
                    then 'control_kind: expected one of preventive, detective, corrective'
            end,
            case
                when not (frequency in ('continuous', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly'))
                    then 'frequency: expected one of continuous, daily, weekly, monthly, quarterly, yearly'
            end,
            case
                when not (status in ('designed', 'operating', 'retired'))
                    then 'status: expected one of designed, operating, retired'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    control_id,
    tenant_id,
    policy_id,
    title,
    control_kind,
    is_automated,
    frequency,
    status,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('compliance_control') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
