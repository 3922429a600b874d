-- One row per claimed raw record of scor_practices, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/ascm_scor/scor_practices.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('ascm_scor', 'source_scor_practices') }}
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
        _payload ->> 'practice_id' as practice_id,
        _payload ->> 'practice_name' as practice_name,
        _payload ->> 'maturity' as maturity,
        _payload ->> 'process_id' as process_id,
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
        typed.practice_id,
        typed.practice_name,
        typed.maturity,
        typed.process_id,
        typed.description,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('practice_id', 'varchar(16)', required=true) }},
                {{ cast_fault('practice_name', 'varchar(120)', required=true) }},
                {{ cast_fault('maturity', 'varchar(16)', required=true) }},
                {{ cast_fault('process_id', 'varchar(32)', required=true) }},
                {{ cast_fault('description', 'text', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.practice_id', 'varchar(16)') }} as practice_id,
            {{ cast_or_null('sent.practice_name', 'varchar(120)') }} as practice_name,
            {{ cast_or_null('sent.maturity', 'varchar(16)') }} as maturity,
            {{ cast_or_null('sent.process_id', 'varchar(32)') }} as process_id,
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
        practice_id,
        practice_name,
        maturity,
        process_id,
        description,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (practice_id ~ '^BP[.][0-9]{3}$')
                    then 'practice_id: does not fit ^BP[.][0-9]{3}$'
            end,
            case
                when not (char_length(practice_name) between 1 and 120)
                    then 'practice_name: expected 1 to 120 characters'
            end,
            case
                when not (maturity in ('emerging', 'standard', 'declining'))
                    then 'maturity: expected one of emerging, standard, declining'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    practice_id,
    practice_name,
    maturity,
    process_id,
    description,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('scor_practices') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
