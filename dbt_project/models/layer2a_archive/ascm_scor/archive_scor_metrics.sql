{{ config(materialized='view') }}

-- One row per row of scor_metrics that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/ascm_scor/scor_metrics.json: edit that file, not this one.
-- depends_on: {{ ref('scor_metrics') }}
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
from {{ handed_over('scor_metrics', 'cold') }} as files
where {{ handover_is_current('scor_metrics') }}
{% else %}
{% set archived = archived_files('scor_metrics') %}
{% if archived.paths %}
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
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::varchar as metric_id,
        null::varchar as process_id,
        null::decimal(18, 6) as value,
        null::timestamptz as "timestamp",
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
where {{ is_current('scor_metrics', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as metric_id,
    cast(case when guard.is_current then null end as varchar) as process_id,
    cast(case when guard.is_current then null end as decimal(18, 6)) as value,
    cast(case when guard.is_current then null end as timestamptz) as "timestamp",
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('scor_metrics', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}
