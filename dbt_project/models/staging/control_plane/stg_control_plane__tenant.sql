-- One row per claimed raw record of tenant, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/control_plane/tenant.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('control_plane', 'source_tenant') }}
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
        _payload ->> 'slug' as slug,
        _payload ->> 'name' as name,
        _payload ->> 'plan' as plan,
        _payload ->> 'status' as status,
        _payload ->> 'region' as region,
        nullif(_payload ->> 'created_at', '') as created_at,
        nullif(_payload ->> 'closed_at', '') as closed_at,
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
        typed.slug,
        typed.name,
        typed.plan,
        typed.status,
        typed.region,
        typed.created_at,
        typed.closed_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('id', 'uuid', required=true) }},
                {{ cast_fault('slug', 'varchar(63)', required=true) }},
                {{ cast_fault('name', 'varchar(200)', required=true) }},
                {{ cast_fault('plan', 'varchar(32)', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('region', 'varchar(32)', required=true) }},
                {{ cast_fault('created_at', 'timestamptz', required=true) }},
                {{ cast_fault('closed_at', 'timestamptz') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.id', 'uuid') }} as id,
            {{ cast_or_null('sent.slug', 'varchar(63)') }} as slug,
            {{ cast_or_null('sent.name', 'varchar(200)') }} as name,
            {{ cast_or_null('sent.plan', 'varchar(32)') }} as plan,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.region', 'varchar(32)') }} as region,
            {{ cast_or_null('sent.created_at', 'timestamptz') }} as created_at,
            {{ cast_or_null('sent.closed_at', 'timestamptz') }} as closed_at,
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
        slug,
        name,
        plan,
        status,
        region,
        created_at,
        closed_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (slug ~ '^[a-z][a-z0-9-]{1,61}[a-z0-9]$')
                    then 'slug: does not fit ^[a-z][a-z0-9-]{1,61}[a-z0-9]$'
            end,
            case
                when not (char_length(name) between 1 and 200)
                    then 'name: expected 1 to 200 characters'
            end,
            case
                when not (plan in ('free', 'team', 'business', 'enterprise'))
                    then 'plan: expected one of free, team, business, enterprise'
            end,
            case
                when not (status in ('trial', 'active', 'suspended', 'closed'))
                    then 'status: expected one of trial, active, suspended, closed'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (region ~ '^[a-z]{2,4}-[a-z-]+-[0-9]$')
                    then 'region: does not fit ^[a-z]{2,4}-[a-z-]+-[0-9]$'
            end,
            case
                when not (closed_at is null or closed_at >= created_at)
                    then 'closed_at: does not hold: closed_at is null or closed_at >= created_at'
            end,
            case
                when not (closed_at is null or status = 'closed')
                    then 'closed_at: does not hold: closed_at is null or status = ''closed'''
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    id,
    slug,
    name,
    plan,
    status,
    region,
    created_at,
    closed_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('tenant') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 7, 2)::numeric(3, 2) as _quality_score
from judged
