-- One row per claimed raw record of quota, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/control_plane/quota.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('control_plane', 'source_quota') }}
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
        _payload ->> 'quota_id' as quota_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'resource' as resource,
        nullif(_payload ->> 'limit_value', '') as limit_value,
        nullif(_payload ->> 'is_hard', '') as is_hard,
        nullif(_payload ->> 'raised_by_id', '') as raised_by_id,
        nullif(_payload ->> 'valid_until', '') as valid_until,
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
        typed.quota_id,
        typed.tenant_id,
        typed.resource,
        typed.limit_value,
        typed.is_hard,
        typed.raised_by_id,
        typed.valid_until,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('quota_id', 'varchar(80)', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('resource', 'varchar(40)', required=true) }},
                {{ cast_fault('limit_value', 'bigint', required=true) }},
                {{ cast_fault('is_hard', 'boolean', required=true) }},
                {{ cast_fault('raised_by_id', 'uuid') }},
                {{ cast_fault('valid_until', 'date') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.quota_id', 'varchar(80)') }} as quota_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.resource', 'varchar(40)') }} as resource,
            {{ cast_or_null('sent.limit_value', 'bigint') }} as limit_value,
            {{ cast_or_null('sent.is_hard', 'boolean') }} as is_hard,
            {{ cast_or_null('sent.raised_by_id', 'uuid') }} as raised_by_id,
            {{ cast_or_null('sent.valid_until', 'date') }} as valid_until,
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
        quota_id,
        tenant_id,
        resource,
        limit_value,
        is_hard,
        raised_by_id,
        valid_until,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (quota_id ~ '^[a-z0-9-]+/[a-z_]+$')
                    then 'quota_id: does not fit ^[a-z0-9-]+/[a-z_]+$'
            end,
            case
                when not (resource in ('records_per_day', 'hot_bytes', 'api_calls_per_minute', 'connectors', 'users'))
                    then 'resource: expected one of records_per_day, hot_bytes, api_calls_per_minute, connectors, users'
            end,
            case
                when not (limit_value >= 0)
                    then 'limit_value: expected at least 0'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    quota_id,
    tenant_id,
    resource,
    limit_value,
    is_hard,
    raised_by_id,
    valid_until,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('quota') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
