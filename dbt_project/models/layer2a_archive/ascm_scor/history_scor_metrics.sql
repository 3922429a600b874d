{{ config(materialized='view') }}

-- One row per metric_id and process_id and timestamp: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/ascm_scor/scor_metrics.json: edit that file, not this one.
-- depends_on: {{ ref('scor_metrics') }}
with everything as (
    select
        coalesce(
            metric_id,
            {{ sql_error('archived rows of scor_metrics have no metric_id; if it was renamed, state renamed_from in the definition') }}
        ) as metric_id,
        coalesce(
            process_id,
            {{ sql_error('archived rows of scor_metrics have no process_id; if it was renamed, state renamed_from in the definition') }}
        ) as process_id,
        value,
        coalesce(
            {{ adapter.quote('timestamp') }},
            {{ sql_error('archived rows of scor_metrics have no timestamp; if it was renamed, state renamed_from in the definition') }}
        ) as {{ adapter.quote('timestamp') }},
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_scor_metrics') }}
    union all
    {% if target.type == 'spark' %}
    select
        metric_id,
        process_id,
        value,
        `timestamp`,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('scor_metrics', 'hot') }} as hot
    {% else %}
    select
        cast(metric_id as varchar) as metric_id,
        cast(process_id as varchar) as process_id,
        cast(value as decimal(18, 6)) as value,
        cast("timestamp" as timestamptz) as "timestamp",
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('scor_metrics') }}
    {% endif %}
),

ranked as (
    select
        metric_id,
        process_id,
        value,
        {{ adapter.quote('timestamp') }},
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by metric_id, process_id, {{ adapter.quote('timestamp') }}
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    metric_id,
    process_id,
    value,
    {{ adapter.quote('timestamp') }},
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
    and {{ archive_is_current('scor_metrics') }}
