{{ config(materialized='view') }}

-- One row per row of control_assessment that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/compliance/control_assessment.json: edit that file, not this one.
-- depends_on: {{ ref('control_assessment') }}
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
from {{ handed_over('control_assessment', 'cold') }} as files
where {{ handover_is_current('control_assessment') }}
{% else %}
{% set archived = archived_files('control_assessment') %}
{% if archived.paths %}
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
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::uuid as assessment_id,
        null::timestamptz as assessed_at,
        null::uuid as tenant_id,
        null::varchar as control_id,
        null::varchar as assessor_kind,
        null::varchar as result,
        null::integer as sample_size,
        null::integer as exception_count,
        null::varchar as evidence_ref,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('control_assessment', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as uuid) as assessment_id,
    cast(case when guard.is_current then null end as timestamptz) as assessed_at,
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as varchar) as control_id,
    cast(case when guard.is_current then null end as varchar) as assessor_kind,
    cast(case when guard.is_current then null end as varchar) as result,
    cast(case when guard.is_current then null end as integer) as sample_size,
    cast(case when guard.is_current then null end as integer) as exception_count,
    cast(case when guard.is_current then null end as varchar) as evidence_ref,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('control_assessment', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}
