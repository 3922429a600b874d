-- One row per claimed raw record of scor_processes, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/ascm_scor/scor_processes.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('ascm_scor', 'source_scor_processes') }}
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
        _payload ->> 'process_id' as process_id,
        _payload ->> 'process_name' as process_name,
        nullif(_payload ->> 'process_level', '') as process_level,
        _payload ->> 'process_type' as process_type,
        _payload ->> 'parent_process_id' as parent_process_id,
        _payload ->> 'description' as description,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.process_id,
        typed.process_name,
        typed.process_level,
        typed.process_type,
        typed.parent_process_id,
        typed.description,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('process_id', 'varchar(32)', required=true) }},
                {{ cast_fault('process_name', 'varchar(120)', required=true) }},
                {{ cast_fault('process_level', 'smallint', required=true) }},
                {{ cast_fault('process_type', 'varchar(16)', required=true) }},
                {{ cast_fault('parent_process_id', 'varchar(32)') }},
                {{ cast_fault('description', 'text', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.process_id', 'varchar(32)') }} as process_id,
            {{ cast_or_null('sent.process_name', 'varchar(120)') }} as process_name,
            {{ cast_or_null('sent.process_level', 'smallint') }} as process_level,
            {{ cast_or_null('sent.process_type', 'varchar(16)') }} as process_type,
            {{ cast_or_null('sent.parent_process_id', 'varchar(32)') }} as parent_process_id,
            {{ cast_or_null('sent.description', 'text') }} as description,
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
        process_id,
        process_name,
        process_level,
        process_type,
        parent_process_id,
        description,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (process_id ~ '^[A-Z][A-Z0-9_.]*$')
                    then 'process_id: does not fit ^[A-Z][A-Z0-9_.]*$'
            end,
            case
                when not (char_length(process_name) between 1 and 120)
                    then 'process_name: expected 1 to 120 characters'
            end,
            case
                when not (process_level between 1 and 4)
                    then 'process_level: expected 1 to 4'
            end,
            case
                when not (process_type in ('orchestrate', 'plan', 'order', 'source', 'transform', 'fulfill', 'return'))
                    then 'process_type: expected one of orchestrate, plan, order, source, transform, fulfill, return'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    process_id,
    process_name,
    process_level,
    process_type,
    parent_process_id,
    description,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('scor_processes') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
