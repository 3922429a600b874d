{# The tables of scor_metrics. Generated from definitions/object_models/ascm_scor/scor_metrics.json: edit that file, not this one. #}
{% macro create_scor_metrics(schema) %}
create table if not exists {{ schema }}.source_scor_metrics (
    raw_seq bigint generated always as identity primary key,
    raw_id text,
    raw_data json,
    raw_bytes bytea,
    raw_sha256 text generated always as ({{ schema }}.record_sha256(raw_data, raw_bytes)) stored,
    ingested_at timestamptz not null default now(),
    source_system text,
    source_file text,
    run_id uuid,
    batch_id bigint,
    processed boolean not null default false,
    processed_at timestamptz,
    outcome text check (outcome in ('loaded', 'rejected', 'superseded', 'duplicate')),
    outcome_raw_seq bigint,
    archived_in uuid,
    check (raw_data is not null or raw_bytes is not null)
);
select {{ schema }}.add_source_columns('source_scor_metrics');
select {{ schema }}.lift_raw_seq('source_scor_metrics');
select {{ schema }}.ensure_index('ix_scor_metrics_unclaimed', $index${{ schema }}.source_scor_metrics (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_scor_metrics_claimed', $index${{ schema }}.source_scor_metrics (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_scor_metrics_unarchived', $index${{ schema }}.source_scor_metrics (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_scor_metrics_ingested', $index${{ schema }}.source_scor_metrics (ingested_at)$index$);
select {{ schema }}.ensure_view('source_scor_metrics__lake', $view$
select
    raw_seq,
    raw_id,
    raw_data::text as raw_data,
    raw_bytes,
    raw_sha256,
    ingested_at,
    source_system,
    source_file,
    run_id
from {{ schema }}.source_scor_metrics
$view$);

select {{ schema }}.ensure_shape('scor_metrics', $shape${{ shape_of_scor_metrics() }}$shape$);

create table if not exists {{ schema }}.rejected_scor_metrics (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'scor_metrics', 'auto', 'timestamp', '1 month', true, $table$
    metric_id varchar(64) not null,
    process_id varchar(32) not null,
    value numeric(18,6),
    "timestamp" timestamptz not null,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (metric_id, process_id, "timestamp")
$table$);
select {{ schema }}.make_partitions('scor_metrics', '1 month', 3);
select {{ schema }}.ensure_index('ix_scor_metrics_process', $index${{ schema }}.scor_metrics (process_id, "timestamp")$index$);
select {{ schema }}.ensure_index('ix_scor_metrics_process_id', $index${{ schema }}.scor_metrics (process_id)$index$);
select {{ schema }}.ensure_index('ix_scor_metrics_timestamp', $index${{ schema }}.scor_metrics using brin ("timestamp") with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('scor_metrics__lake', $view$
select
    metric_id,
    process_id,
    value::text as value,
    "timestamp",
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.scor_metrics
    union all
    select * from {{ schema }}.missing_parts('scor_metrics', null::{{ schema }}.scor_metrics)
) as scor_metrics
$view$);
select {{ schema }}.ensure_view('history_scor_metrics', $view$
select
    metric_id,
    process_id,
    value,
    "timestamp",
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('scor_metrics', null::{{ schema }}.scor_metrics)
    union all
    select * from {{ schema }}.scor_metrics
) as scor_metrics
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_scor_metrics() %}
{
    "kind": "event",
    "time_column": "timestamp",
    "key": ["metric_id", "process_id", "timestamp"],
    "physical_key": ["metric_id", "process_id", "timestamp"],
    "layout": null,
    "columns": [
        {"name": "metric_id", "type": "character varying(64)"},
        {"name": "process_id", "type": "character varying(32)"},
        {"name": "value", "type": "numeric(18,6)"},
        {"name": "timestamp", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
