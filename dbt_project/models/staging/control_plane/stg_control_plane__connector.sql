-- One row per claimed raw record of connector, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/control_plane/connector.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('control_plane', 'source_connector') }}
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
        _payload ->> 'name' as name,
        _payload ->> 'kind' as kind,
        nullif(_payload -> 'config_json', 'null') as config_json,
        _payload ->> 'status' as status,
        _payload ->> 'schedule' as schedule,
        nullif(_payload ->> 'created_at', '') as created_at,
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
        typed.name,
        typed.kind,
        typed.config_json,
        typed.status,
        typed.schedule,
        typed.created_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('name', 'varchar(120)', required=true) }},
                {{ cast_fault('kind', 'varchar(32)', required=true) }},
                {{ cast_fault('config_json', 'jsonb', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('schedule', 'varchar(64)') }},
                {{ cast_fault('created_at', 'timestamptz', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.id', 'uuid') }} as id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.name', 'varchar(120)') }} as name,
            {{ cast_or_null('sent.kind', 'varchar(32)') }} as kind,
            {{ cast_or_null('sent.config_json', 'jsonb') }} as config_json,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.schedule', 'varchar(64)') }} as schedule,
            {{ cast_or_null('sent.created_at', 'timestamptz') }} as created_at,
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
        name,
        kind,
        config_json,
        status,
        schedule,
        created_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (char_length(name) between 1 and 120)
                    then 'name: expected 1 to 120 characters'
            end,
            case
                when not (kind in ('partner_central', 'marketplace', 'billing_export', 'crm', 'database', 'files', 'events'))
                    then 'kind: expected one of partner_central, marketplace, billing_export, crm, database, files, events'
            end,
            case
                when not (status in ('draft', 'active', 'paused', 'failing', 'retired'))
                    then 'status: expected one of draft, active, paused, failing, retired'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    id,
    tenant_id,
    name,
    kind,
    config_json,
    status,
    schedule,
    created_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('connector') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
