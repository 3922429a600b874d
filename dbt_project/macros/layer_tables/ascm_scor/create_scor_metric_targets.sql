{# The tables of scor_metric_targets. Generated from definitions/object_models/ascm_scor/scor_metric_targets.json: edit that file, not this one. #}
{% macro create_scor_metric_targets(schema) %}
create table if not exists {{ schema }}.source_scor_metric_targets (
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
select {{ schema }}.add_source_columns('source_scor_metric_targets');
select {{ schema }}.lift_raw_seq('source_scor_metric_targets');
select {{ schema }}.ensure_index('ix_scor_metric_targets_unclaimed', $index${{ schema }}.source_scor_metric_targets (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_scor_metric_targets_claimed', $index${{ schema }}.source_scor_metric_targets (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_scor_metric_targets_unarchived', $index${{ schema }}.source_scor_metric_targets (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_scor_metric_targets_ingested', $index${{ schema }}.source_scor_metric_targets (ingested_at)$index$);
select {{ schema }}.ensure_view('source_scor_metric_targets__lake', $view$
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
from {{ schema }}.source_scor_metric_targets
$view$);

select {{ schema }}.ensure_shape('scor_metric_targets', $shape${{ shape_of_scor_metric_targets() }}$shape$);

create table if not exists {{ schema }}.rejected_scor_metric_targets (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.scor_metric_targets_versions (
    metric_id varchar(64),
    process_id varchar(32),
    target_year smallint,
    target_value numeric(18,6),
    alarm_value numeric(18,6),
    ambition varchar(12),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    valid_from timestamptz,
    valid_to timestamptz,
    is_current boolean not null default true,
    _correlation_id text,
    primary key (_raw_seq)
);
select {{ schema }}.ensure_index('ix_scor_metric_targets_versions_key', $index${{ schema }}.scor_metric_targets_versions (metric_id, process_id, target_year, valid_from)$index$);

create table if not exists {{ schema }}.scor_metric_targets (
    metric_id varchar(64) not null,
    process_id varchar(32) not null,
    target_year smallint not null,
    target_value numeric(18,6),
    alarm_value numeric(18,6),
    ambition varchar(12),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (metric_id, process_id, target_year)
);
select {{ schema }}.ensure_index('ix_scor_metric_targets_process', $index${{ schema }}.scor_metric_targets (process_id)$index$);

select {{ schema }}.ensure_view('scor_metric_targets__lake', $view$
select
    metric_id,
    process_id,
    target_year,
    target_value::text as target_value,
    alarm_value::text as alarm_value,
    ambition,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.scor_metric_targets
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_scor_metric_targets() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["metric_id", "process_id", "target_year"],
    "physical_key": ["metric_id", "process_id", "target_year"],
    "layout": null,
    "columns": [
        {"name": "metric_id", "type": "character varying(64)"},
        {"name": "process_id", "type": "character varying(32)"},
        {"name": "target_year", "type": "smallint"},
        {"name": "target_value", "type": "numeric(18,6)"},
        {"name": "alarm_value", "type": "numeric(18,6)"},
        {"name": "ambition", "type": "character varying(12)"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
