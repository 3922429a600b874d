-- One row per claimed raw record of ingestion_run, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/control_plane/ingestion_run.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('control_plane', 'source_ingestion_run') }}
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
        nullif(_payload ->> 'connector_id', '') as connector_id,
        _payload ->> 'entity' as entity,
        _payload ->> 'mode' as mode,
        _payload ->> 'status' as status,
        nullif(_payload -> 'stats_json', 'null') as stats_json,
        nullif(_payload #>> '{stats_json, landed}', '') as records_landed,
        nullif(_payload #>> '{stats_json, refused}', '') as records_refused,
        nullif(_payload ->> 'started_at', '') as started_at,
        nullif(_payload ->> 'finished_at', '') as finished_at,
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
        typed.connector_id,
        typed.entity,
        typed.mode,
        typed.status,
        typed.stats_json,
        typed.records_landed,
        typed.records_refused,
        typed.started_at,
        typed.finished_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('connector_id', 'uuid') }},
                {{ cast_fault('entity', 'varchar(63)', required=true) }},
                {{ cast_fault('mode', 'varchar(16)', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('stats_json', 'jsonb') }},
                {{ cast_fault('records_landed', 'bigint') }},
                {{ cast_fault('records_refused', 'bigint') }},
                {{ cast_fault('started_at', 'timestamptz', required=true) }},
                {{ cast_fault('finished_at', 'timestamptz') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.id', 'uuid') }} as id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.connector_id', 'uuid') }} as connector_id,
            {{ cast_or_null('sent.entity', 'varchar(63)') }} as entity,
            {{ cast_or_null('sent.mode', 'varchar(16)') }} as mode,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.stats_json', 'jsonb') }} as stats_json,
            {{ cast_or_null('sent.records_landed', 'bigint') }} as records_landed,
            {{ cast_or_null('sent.records_refused', 'bigint') }} as records_refused,
            {{ cast_or_null('sent.started_at', 'timestamptz') }} as started_at,
            {{ cast_or_null('sent.finished_at', 'timestamptz') }} as finished_at,
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
        connector_id,
        entity,
        mode,
        status,
        stats_json,
        records_landed,
        records_refused,
        started_at,
        finished_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (mode in ('batch', 'streaming'))
                    then 'mode: expected one of batch, streaming'
            end,
            case
                when not (status in ('queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled'))
                    then 'status: expected one of queued, running, succeeded, partial, failed, cancelled'
            end,
            case
                when not (records_landed >= 0)
                    then 'records_landed: expected at least 0'
            end,
            case
                when not (records_refused >= 0)
                    then 'records_refused: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (entity ~ '^[A-Z][A-Z0-9_]*$')
                    then 'entity: does not fit ^[A-Z][A-Z0-9_]*$'
            end,
            case
                when not (finished_at is null or finished_at >= started_at)
                    then 'finished_at: does not hold: finished_at is null or finished_at >= started_at'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    id,
    tenant_id,
    connector_id,
    entity,
    mode,
    status,
    stats_json,
    records_landed,
    records_refused,
    started_at,
    finished_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('ingestion_run') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
