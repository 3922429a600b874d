{{ config(materialized='view') }}

-- One row per row of quota_usage that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/control_plane/quota_usage.json: edit that file, not this one.
-- depends_on: {{ ref('quota_usage') }}
{% if target.type == 'spark' %}
select
    quota_id,
    measured_at,
    tenant_id,
    used_value,
    limit_value,
    refused_count,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('quota_usage', 'cold') }} as files
where {{ handover_is_current('quota_usage') }}
{% else %}
{% set archived = archived_files('quota_usage') %}
{% if archived.paths %}
select
    cast(quota_id as varchar) as quota_id,
    cast(measured_at as timestamptz) as measured_at,
    cast(tenant_id as uuid) as tenant_id,
    cast(used_value as bigint) as used_value,
    cast(limit_value as bigint) as limit_value,
    cast(refused_count as bigint) as refused_count,
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
        null::varchar as quota_id,
        null::timestamptz as measured_at,
        null::uuid as tenant_id,
        null::bigint as used_value,
        null::bigint as limit_value,
        null::bigint as refused_count,
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
where {{ is_current('quota_usage', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as quota_id,
    cast(case when guard.is_current then null end as timestamptz) as measured_at,
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as bigint) as used_value,
    cast(case when guard.is_current then null end as bigint) as limit_value,
    cast(case when guard.is_current then null end as bigint) as refused_count,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('quota_usage', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}
