{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['assessment_id', 'assessed_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('control_assessment') }}",
        post_hook="{{ close_batch('control_assessment', ref('stg_compliance__control_assessment'), ref('rejected_control_assessment')) }}",
    )
}}

-- One row per assessment_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/compliance/control_assessment.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_control_assessment') }}
with accepted as (
    select
        assessment_id,
        assessed_at,
        tenant_id,
        control_id,
        assessor_kind,
        result,
        sample_size,
        exception_count,
        evidence_ref,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by assessment_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_compliance__control_assessment') }}
    where _errors = '{}' and {{ in_open_batch('control_assessment') }}
),

known as (
    select distinct on (assessment_id)
        assessment_id,
        assessed_at,
        tenant_id,
        control_id,
        assessor_kind,
        result,
        sample_size,
        exception_count,
        evidence_ref,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            assessment_id,
            assessed_at,
            tenant_id,
            control_id,
            assessor_kind,
            result,
            sample_size,
            exception_count,
            evidence_ref,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (assessment_id) in (
            select accepted.assessment_id
            from accepted
        )
        union all
        select
            assessment_id,
            assessed_at,
            tenant_id,
            control_id,
            assessor_kind,
            result,
            sample_size,
            exception_count,
            evidence_ref,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('control_assessment') }} as cold
        where (assessment_id) in (
            select accepted.assessment_id
            from accepted
        )
    ) as standing
    order by assessment_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.assessment_id = known.assessment_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.assessment_id,
        earlier.assessed_at,
        earlier.tenant_id,
        earlier.control_id,
        earlier.assessor_kind,
        earlier.result,
        earlier.sample_size,
        earlier.exception_count,
        earlier.evidence_ref,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.assessment_id = earlier.assessment_id
    where earlier.assessed_at <> newest.assessed_at and not earlier._deleted
)

select
    assessment_id,
    assessed_at,
    tenant_id,
    control_id,
    assessor_kind,
    result,
    sample_size,
    exception_count,
    evidence_ref,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
select
    assessment_id,
    assessed_at,
    tenant_id,
    control_id,
    assessor_kind,
    result,
    sample_size,
    exception_count,
    evidence_ref,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
