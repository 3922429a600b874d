{{ config(materialized='view') }}

-- One row per assessment_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/compliance/control_assessment.json: edit that file, not this one.
-- depends_on: {{ ref('control_assessment') }}
with everything as (
    select
        coalesce(
            assessment_id,
            {{ sql_error('archived rows of control_assessment have no assessment_id; if it was renamed, state renamed_from in the definition') }}
        ) as assessment_id,
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_control_assessment') }}
    union all
    {% if target.type == 'spark' %}
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('control_assessment', 'hot') }} as hot
    {% else %}
    select
        cast(assessment_id as uuid) as assessment_id,
        cast(assessed_at as timestamptz) as assessed_at,
        cast(tenant_id as uuid) as tenant_id,
        cast(control_id as varchar) as control_id,
        cast(assessor_kind as varchar) as assessor_kind,
        cast(result as varchar) as result,
        cast(sample_size as integer) as sample_size,
        cast(exception_count as integer) as exception_count,
        cast(evidence_ref as varchar) as evidence_ref,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('control_assessment') }}
    {% endif %}
),

ranked as (
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by assessment_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('control_assessment') }}
