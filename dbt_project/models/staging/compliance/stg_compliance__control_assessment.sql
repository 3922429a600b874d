-- One row per claimed raw record of control_assessment, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/compliance/control_assessment.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('compliance', 'source_control_assessment') }}
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
        nullif(_payload ->> 'assessment_id', '') as assessment_id,
        nullif(_payload ->> 'assessed_at', '') as assessed_at,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'control_id' as control_id,
        _payload ->> 'assessor_kind' as assessor_kind,
        _payload ->> 'result' as result,
        nullif(_payload ->> 'sample_size', '') as sample_size,
        nullif(_payload ->> 'exception_count', '') as exception_count,
        _payload ->> 'evidence_ref' as evidence_ref
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.assessment_id,
        typed.assessed_at,
        typed.tenant_id,
        typed.control_id,
        typed.assessor_kind,
        typed.result,
        typed.sample_size,
        typed.exception_count,
        typed.evidence_ref,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('assessment_id', 'uuid', required=true) }},
                {{ cast_fault('assessed_at', 'timestamptz', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('control_id', 'varchar(40)', required=true) }},
                {{ cast_fault('assessor_kind', 'varchar(16)', required=true) }},
                {{ cast_fault('result', 'varchar(16)', required=true) }},
                {{ cast_fault('sample_size', 'integer') }},
                {{ cast_fault('exception_count', 'integer', required=true) }},
                {{ cast_fault('evidence_ref', 'varchar(255)', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.assessment_id', 'uuid') }} as assessment_id,
            {{ cast_or_null('sent.assessed_at', 'timestamptz') }} as assessed_at,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.control_id', 'varchar(40)') }} as control_id,
            {{ cast_or_null('sent.assessor_kind', 'varchar(16)') }} as assessor_kind,
            {{ cast_or_null('sent.result', 'varchar(16)') }} as result,
            {{ cast_or_null('sent.sample_size', 'integer') }} as sample_size,
            {{ cast_or_null('sent.exception_count', 'integer') }} as exception_count,
            {{ cast_or_null('sent.evidence_ref', 'varchar(255)') }} as evidence_ref
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        assessment_id,
        assessed_at,
        tenant_id,
        control_id,
        assessor_kind,
        result,
        sample_size,
        exception_count,
        evidence_ref,
        _cast_faults || array_remove(array[
            case
                when not (assessor_kind in ('program', 'owner', 'internal_audit', 'external_audit'))
                    then 'assessor_kind: expected one of program, owner, internal_audit, external_audit'
            end,
            case
                when not (result in ('effective', 'ineffective', 'not_tested'))
                    then 'result: expected one of effective, ineffective, not_tested'
            end,
            case
                when not (sample_size >= 1)
                    then 'sample_size: expected at least 1'
            end,
            case
                when not (exception_count >= 0)
                    then 'exception_count: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (sample_size is null or exception_count <= sample_size)
                    then 'exception_count: does not hold: sample_size is null or exception_count <= sample_size'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    assessment_id,
    assessed_at,
    tenant_id,
    control_id,
    assessor_kind,
    result,
    sample_size,
    exception_count,
    evidence_ref,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('control_assessment') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
