{{ config(materialized='view') }}

-- One row per quota_id and measured_at: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/control_plane/quota_usage.json: edit that file, not this one.
-- depends_on: {{ ref('quota_usage') }}
with everything as (
    select
        coalesce(
            quota_id,
            {{ sql_error('archived rows of quota_usage have no quota_id; if it was renamed, state renamed_from in the definition') }}
        ) as quota_id,
        coalesce(
            measured_at,
            {{ sql_error('archived rows of quota_usage have no measured_at; if it was renamed, state renamed_from in the definition') }}
        ) as measured_at,
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
    from {{ ref('archive_quota_usage') }}
    union all
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
    from {{ handed_over('quota_usage', 'hot') }} as hot
    {% else %}
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
    from {{ lake_view('quota_usage') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by quota_id, measured_at
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('quota_usage') }}
