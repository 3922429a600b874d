-- One row per claimed raw record of users, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/control_plane/users.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('control_plane', 'source_users') }}
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
        nullif(_payload ->> 'id', '') as id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'email' as email,
        _payload ->> 'display_name' as display_name,
        _payload ->> 'status' as status,
        coalesce(nullif(_payload ->> 'is_service_account', ''), 'false') as is_service_account,
        coalesce(nullif(_payload ->> 'mfa_enabled', ''), 'false') as mfa_enabled,
        nullif(_payload ->> 'created_at', '') as created_at,
        nullif(_payload ->> 'last_sign_in_at', '') as last_sign_in_at,
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
        typed.id,
        typed.tenant_id,
        typed.email,
        typed.display_name,
        typed.status,
        typed.is_service_account,
        typed.mfa_enabled,
        typed.created_at,
        typed.last_sign_in_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('email', 'varchar(254)', required=true) }},
                {{ cast_fault('display_name', 'varchar(200)') }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('is_service_account', 'boolean', required=true) }},
                {{ cast_fault('mfa_enabled', 'boolean', required=true) }},
                {{ cast_fault('created_at', 'timestamptz', required=true) }},
                {{ cast_fault('last_sign_in_at', 'timestamptz') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.id', 'uuid') }} as id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.email', 'varchar(254)') }} as email,
            {{ cast_or_null('sent.display_name', 'varchar(200)') }} as display_name,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.is_service_account', 'boolean') }} as is_service_account,
            {{ cast_or_null('sent.mfa_enabled', 'boolean') }} as mfa_enabled,
            {{ cast_or_null('sent.created_at', 'timestamptz') }} as created_at,
            {{ cast_or_null('sent.last_sign_in_at', 'timestamptz') }} as last_sign_in_at,
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
        id,
        tenant_id,
        email,
        display_name,
        status,
        is_service_account,
        mfa_enabled,
        created_at,
        last_sign_in_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (email ~ '^[^@ ]+@[^@ ]+$')
                    then 'email: does not fit ^[^@ ]+@[^@ ]+$'
            end,
            case
                when not (status in ('invited', 'active', 'disabled', 'deleted'))
                    then 'status: expected one of invited, active, disabled, deleted'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (last_sign_in_at is null or last_sign_in_at >= created_at)
                    then 'last_sign_in_at: does not hold: last_sign_in_at is null or last_sign_in_at >= created_at'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    id,
    tenant_id,
    email,
    display_name,
    status,
    is_service_account,
    mfa_enabled,
    created_at,
    last_sign_in_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('users') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
