-- One row per claimed raw record of api_key, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/control_plane/api_key.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('control_plane', 'source_api_key') }}
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
        nullif(_payload ->> 'key_id', '') as key_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        nullif(_payload ->> 'created_by_id', '') as created_by_id,
        _payload ->> 'name' as name,
        _payload ->> 'key_prefix' as key_prefix,
        nullif(nullif(_payload -> 'scopes', 'null'), '""') as scopes,
        nullif(_payload ->> 'created_at', '') as created_at,
        nullif(_payload ->> 'expires_at', '') as expires_at,
        nullif(_payload ->> 'revoked_at', '') as revoked_at,
        nullif(_payload ->> 'last_used_at', '') as last_used_at,
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
        typed.key_id,
        typed.tenant_id,
        typed.created_by_id,
        typed.name,
        typed.key_prefix,
        typed.scopes,
        typed.created_at,
        typed.expires_at,
        typed.revoked_at,
        typed.last_used_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('key_id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('created_by_id', 'uuid', required=true) }},
                {{ cast_fault('name', 'varchar(120)', required=true) }},
                {{ cast_fault('key_prefix', 'varchar(12)', required=true) }},
                {{ cast_fault('scopes', 'text[]') }},
                {{ cast_fault('created_at', 'timestamptz', required=true) }},
                {{ cast_fault('expires_at', 'timestamptz', required=true) }},
                {{ cast_fault('revoked_at', 'timestamptz') }},
                {{ cast_fault('last_used_at', 'timestamptz') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.key_id', 'uuid') }} as key_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.created_by_id', 'uuid') }} as created_by_id,
            {{ cast_or_null('sent.name', 'varchar(120)') }} as name,
            {{ cast_or_null('sent.key_prefix', 'varchar(12)') }} as key_prefix,
            {{ cast_or_null('sent.scopes', 'text[]') }} as scopes,
            {{ cast_or_null('sent.created_at', 'timestamptz') }} as created_at,
            {{ cast_or_null('sent.expires_at', 'timestamptz') }} as expires_at,
            {{ cast_or_null('sent.revoked_at', 'timestamptz') }} as revoked_at,
            {{ cast_or_null('sent.last_used_at', 'timestamptz') }} as last_used_at,
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
        key_id,
        tenant_id,
        created_by_id,
        name,
        key_prefix,
        scopes,
        created_at,
        expires_at,
        revoked_at,
        last_used_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (char_length(name) between 1 and 120)
                    then 'name: expected 1 to 120 characters'
            end,
            case
                when not (key_prefix ~ '^[a-z0-9_]{4,12}$')
                    then 'key_prefix: does not fit ^[a-z0-9_]{4,12}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (expires_at > created_at)
                    then 'expires_at: does not hold: expires_at > created_at'
            end,
            case
                when not (revoked_at is null or revoked_at >= created_at)
                    then 'revoked_at: does not hold: revoked_at is null or revoked_at >= created_at'
            end,
            case
                when not (last_used_at is null or last_used_at >= created_at)
                    then 'last_used_at: does not hold: last_used_at is null or last_used_at >= created_at'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    key_id,
    tenant_id,
    created_by_id,
    name,
    key_prefix,
    scopes,
    created_at,
    expires_at,
    revoked_at,
    last_used_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('api_key') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
