-- One row per claimed raw record of quota_usage, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/control_plane/quota_usage.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('control_plane', 'source_quota_usage') }}
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
        _payload ->> 'quota_id' as quota_id,
        nullif(_payload ->> 'measured_at', '') as measured_at,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        nullif(_payload ->> 'used_value', '') as used_value,
        nullif(_payload ->> 'limit_value', '') as limit_value,
        coalesce(nullif(_payload ->> 'refused_count', ''), '0') as refused_count
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.quota_id,
        typed.measured_at,
        typed.tenant_id,
        typed.used_value,
        typed.limit_value,
        typed.refused_count,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('quota_id', 'varchar(80)', required=true) }},
                {{ cast_fault('measured_at', 'timestamptz', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('used_value', 'bigint', required=true) }},
                {{ cast_fault('limit_value', 'bigint', required=true) }},
                {{ cast_fault('refused_count', 'bigint', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.quota_id', 'varchar(80)') }} as quota_id,
            {{ cast_or_null('sent.measured_at', 'timestamptz') }} as measured_at,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.used_value', 'bigint') }} as used_value,
            {{ cast_or_null('sent.limit_value', 'bigint') }} as limit_value,
            {{ cast_or_null('sent.refused_count', 'bigint') }} as refused_count
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        quota_id,
        measured_at,
        tenant_id,
        used_value,
        limit_value,
        refused_count,
        _cast_faults || array_remove(array[
            case
                when not (used_value >= 0)
                    then 'used_value: expected at least 0'
            end,
            case
                when not (limit_value >= 0)
                    then 'limit_value: expected at least 0'
            end,
            case
                when not (refused_count >= 0)
                    then 'refused_count: expected at least 0'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    quota_id,
    measured_at,
    tenant_id,
    used_value,
    limit_value,
    refused_count,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('quota_usage') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
