{{ config(materialized='view') }}

-- One row per row of scor_metrics that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/ascm_scor/scor_metrics.json: edit that file, not this one.
-- depends_on: {{ ref('scor_metrics') }}
{% set files = archived_files('scor_metrics') %}
select
    cast(metric_id as VARCHAR) as metric_id,
    cast(process_id as VARCHAR) as process_id,
    cast(value as DECIMAL(18,6)) as value,
    cast("timestamp" as TIMESTAMPTZ) as "timestamp",
    cast(_raw_seq as BIGINT) as _raw_seq,
    cast(_source_order as BIGINT) as _source_order,
    cast(_deleted as BOOLEAN) as _deleted,
    cast(_batch_id as BIGINT) as _batch_id,
    cast(_loaded_at as TIMESTAMPTZ) as _loaded_at,
    cast(_definition_version as INTEGER) as _definition_version,
    cast(_quality_issues as VARCHAR) as _quality_issues,
    cast(_quality_score as DECIMAL(3,2)) as _quality_score
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::VARCHAR as metric_id,
        null::VARCHAR as process_id,
        null::DECIMAL(18,6) as value,
        null::TIMESTAMPTZ as "timestamp",
        null::BIGINT as _raw_seq,
        null::BIGINT as _source_order,
        null::BOOLEAN as _deleted,
        null::BIGINT as _batch_id,
        null::TIMESTAMPTZ as _loaded_at,
        null::INTEGER as _definition_version,
        null::VARCHAR as _quality_issues,
        null::DECIMAL(3,2) as _quality_score
    where false
{% if files %}
    union all by name
    select *
    from read_parquet([{{ files | join(', ') }}], union_by_name = true, hive_partitioning = false)
{% endif %}
) as files
where {{ is_current('scor_metrics') }}
