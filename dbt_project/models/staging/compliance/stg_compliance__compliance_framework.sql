-- One row per claimed raw record of compliance_framework, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/compliance/compliance_framework.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('compliance', 'source_compliance_framework') }}
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
        _payload ->> 'framework_code' as framework_code,
        _payload ->> 'framework_name' as framework_name,
        _payload ->> 'issuer' as issuer,
        nullif(_payload ->> 'is_law', '') as is_law,
        nullif(_payload ->> 'in_force_from', '') as in_force_from,
        _payload ->> 'superseded_by' as superseded_by
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.framework_code,
        typed.framework_name,
        typed.issuer,
        typed.is_law,
        typed.in_force_from,
        typed.superseded_by,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('framework_code', 'varchar(32)', required=true) }},
                {{ cast_fault('framework_name', 'varchar(200)', required=true) }},
                {{ cast_fault('issuer', 'varchar(120)', required=true) }},
                {{ cast_fault('is_law', 'boolean', required=true) }},
                {{ cast_fault('in_force_from', 'date') }},
                {{ cast_fault('superseded_by', 'varchar(32)') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.framework_code', 'varchar(32)') }} as framework_code,
            {{ cast_or_null('sent.framework_name', 'varchar(200)') }} as framework_name,
            {{ cast_or_null('sent.issuer', 'varchar(120)') }} as issuer,
            {{ cast_or_null('sent.is_law', 'boolean') }} as is_law,
            {{ cast_or_null('sent.in_force_from', 'date') }} as in_force_from,
            {{ cast_or_null('sent.superseded_by', 'varchar(32)') }} as superseded_by
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        framework_code,
        framework_name,
        issuer,
        is_law,
        in_force_from,
        superseded_by,
        _cast_faults || array_remove(array[
            case
                when not (framework_code ~ '^[A-Z0-9_]+$')
                    then 'framework_code: does not fit ^[A-Z0-9_]+$'
            end,
            case
                when not (char_length(framework_name) between 1 and 200)
                    then 'framework_name: expected 1 to 200 characters'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    framework_code,
    framework_name,
    issuer,
    is_law,
    in_force_from,
    superseded_by,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('compliance_framework') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 2, 2)::numeric(3, 2) as _quality_score
from judged
