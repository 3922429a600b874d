-- One row per claimed raw record of role_grant, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/control_plane/role_grant.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('control_plane', 'source_role_grant') }}
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
        nullif(_payload ->> 'grant_id', '') as grant_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        nullif(_payload ->> 'user_id', '') as user_id,
        _payload ->> 'role' as role,
        nullif(_payload ->> 'granted_by_id', '') as granted_by_id,
        nullif(_payload ->> 'granted_at', '') as granted_at,
        nullif(_payload ->> 'revoked_at', '') as revoked_at,
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
        typed.grant_id,
        typed.tenant_id,
        typed.user_id,
        typed.role,
        typed.granted_by_id,
        typed.granted_at,
        typed.revoked_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('grant_id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('user_id', 'uuid', required=true) }},
                {{ cast_fault('role', 'varchar(32)', required=true) }},
                {{ cast_fault('granted_by_id', 'uuid') }},
                {{ cast_fault('granted_at', 'timestamptz', required=true) }},
                {{ cast_fault('revoked_at', 'timestamptz') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.grant_id', 'uuid') }} as grant_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.user_id', 'uuid') }} as user_id,
            {{ cast_or_null('sent.role', 'varchar(32)') }} as role,
            {{ cast_or_null('sent.granted_by_id', 'uuid') }} as granted_by_id,
            {{ cast_or_null('sent.granted_at', 'timestamptz') }} as granted_at,
            {{ cast_or_null('sent.revoked_at', 'timestamptz') }} as revoked_at,
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
        grant_id,
        tenant_id,
        user_id,
        role,
        granted_by_id,
        granted_at,
        revoked_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (role in ('owner', 'admin', 'engineer', 'analyst', 'auditor', 'billing'))
                    then 'role: expected one of owner, admin, engineer, analyst, auditor, billing'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (revoked_at is null or revoked_at >= granted_at)
                    then 'revoked_at: does not hold: revoked_at is null or revoked_at >= granted_at'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    grant_id,
    tenant_id,
    user_id,
    role,
    granted_by_id,
    granted_at,
    revoked_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('role_grant') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 2, 2)::numeric(3, 2) as _quality_score
from judged
