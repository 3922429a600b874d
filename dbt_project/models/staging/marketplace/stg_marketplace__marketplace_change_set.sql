-- One row per claimed raw record of marketplace_change_set, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/marketplace_change_set.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketplace', 'source_marketplace_change_set') }}
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
        coalesce(nullif(_payload ->> 'tenant_id', ''), '00000000-0000-0000-0000-000000000000') as tenant_id,
        _payload ->> 'ChangeSetId' as change_set_id,
        _payload ->> 'ChangeSetName' as change_set_name,
        _payload ->> 'Status' as status,
        _payload ->> 'ProductId' as product_id,
        nullif(nullif(case jsonb_typeof(_payload -> 'ChangeSet') when 'array' then jsonb_path_query_array(_payload, '$.ChangeSet[*].ChangeType', '{}', true) else _payload -> 'ChangeSet' end, 'null'), '""') as change_types,
        _payload ->> 'FailureCode' as failure_code,
        nullif(_payload ->> 'StartTime', '') as started_at,
        nullif(_payload ->> 'EndTime', '') as ended_at,
        nullif(_payload ->> 'LastSeenAt', '') as last_seen_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.tenant_id,
        typed.change_set_id,
        typed.change_set_name,
        typed.status,
        typed.product_id,
        typed.change_types,
        typed.failure_code,
        typed.started_at,
        typed.ended_at,
        typed.last_seen_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('change_set_id', 'varchar(64)', required=true) }},
                {{ cast_fault('change_set_name', 'varchar(100)') }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('product_id', 'varchar(64)') }},
                {{ cast_fault('change_types', 'text[]') }},
                {{ cast_fault('failure_code', 'varchar(40)') }},
                {{ cast_fault('started_at', 'timestamptz', required=true) }},
                {{ cast_fault('ended_at', 'timestamptz') }},
                {{ cast_fault('last_seen_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.change_set_id', 'varchar(64)') }} as change_set_id,
            {{ cast_or_null('sent.change_set_name', 'varchar(100)') }} as change_set_name,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.product_id', 'varchar(64)') }} as product_id,
            {{ cast_or_null('sent.change_types', 'text[]') }} as change_types,
            {{ cast_or_null('sent.failure_code', 'varchar(40)') }} as failure_code,
            {{ cast_or_null('sent.started_at', 'timestamptz') }} as started_at,
            {{ cast_or_null('sent.ended_at', 'timestamptz') }} as ended_at,
            {{ cast_or_null('sent.last_seen_at', 'timestamptz') }} as last_seen_at
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
        tenant_id,
        change_set_id,
        change_set_name,
        status,
        product_id,
        change_types,
        failure_code,
        started_at,
        ended_at,
        last_seen_at,
        _cast_faults || array_remove(array[
            case
                when not (status in ('PREPARING', 'APPLYING', 'SUCCEEDED', 'CANCELLED', 'FAILED'))
                    then 'status: expected one of PREPARING, APPLYING, SUCCEEDED, CANCELLED, FAILED'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (failure_code is null or status = 'FAILED')
                    then 'failure_code: does not hold: failure_code is null or status = ''FAILED'''
            end,
            case
                when not (ended_at is null or ended_at >= started_at)
                    then 'ended_at: does not hold: ended_at is null or ended_at >= started_at'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    change_set_id,
    change_set_name,
    status,
    product_id,
    change_types,
    failure_code,
    started_at,
    ended_at,
    last_seen_at,
    (extract(epoch from last_seen_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    last_seen_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketplace_change_set') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
