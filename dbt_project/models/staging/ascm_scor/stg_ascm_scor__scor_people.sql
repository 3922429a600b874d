-- One row per claimed raw record of scor_people, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/ascm_scor/scor_people.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('ascm_scor', 'source_scor_people') }}
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
        _payload ->> 'personnel_no' as person_id,
        _payload ->> 'name' as full_name,
        _payload ->> 'process' as process_id,
        nullif(_payload ->> 'hours', '') as contract_hours,
        nullif(_payload ->> 'from', '') as hired_on,
        nullif(_payload ->> 'to', '') as left_on,
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
        typed.person_id,
        typed.full_name,
        typed.process_id,
        typed.contract_hours,
        typed.hired_on,
        typed.left_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('person_id', 'varchar(16)', required=true) }},
                {{ cast_fault('full_name', 'varchar(120)', required=true) }},
                {{ cast_fault('process_id', 'varchar(32)') }},
                {{ cast_fault('contract_hours', 'numeric(5,2)', required=true) }},
                {{ cast_fault('hired_on', 'date', required=true) }},
                {{ cast_fault('left_on', 'date') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.person_id', 'varchar(16)') }} as person_id,
            {{ cast_or_null('sent.full_name', 'varchar(120)') }} as full_name,
            {{ cast_or_null('sent.process_id', 'varchar(32)') }} as process_id,
            {{ cast_or_null('sent.contract_hours', 'numeric(5,2)') }} as contract_hours,
            {{ cast_or_null('sent.hired_on', 'date') }} as hired_on,
            {{ cast_or_null('sent.left_on', 'date') }} as left_on,
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
        person_id,
        full_name,
        process_id,
        contract_hours,
        hired_on,
        left_on,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (person_id ~ '^E-[0-9]{6}$')
                    then 'person_id: does not fit ^E-[0-9]{6}$'
            end,
            case
                when not (contract_hours between 0 and 60)
                    then 'contract_hours: expected 0 to 60'
            end,
            case
                when not (left_on is null or left_on >= hired_on)
                    then 'left_on: does not hold: left_on is null or left_on >= hired_on'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    person_id,
    full_name,
    process_id,
    contract_hours,
    hired_on,
    left_on,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('scor_people') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
