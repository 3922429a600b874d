{# The tables of ingestion_run. Generated from definitions/object_models/control_plane/ingestion_run.json: edit that file, not this one. #}
{% macro create_ingestion_run(schema) %}
create table if not exists {{ schema }}.source_ingestion_run (
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
select {{ schema }}.add_source_columns('source_ingestion_run');
select {{ schema }}.lift_raw_seq('source_ingestion_run');
select {{ schema }}.ensure_index('ix_ingestion_run_unclaimed', $index${{ schema }}.source_ingestion_run (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_ingestion_run_claimed', $index${{ schema }}.source_ingestion_run (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_ingestion_run_unarchived', $index${{ schema }}.source_ingestion_run (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_ingestion_run_ingested', $index${{ schema }}.source_ingestion_run (ingested_at)$index$);
select {{ schema }}.ensure_view('source_ingestion_run__lake', $view$
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
from {{ schema }}.source_ingestion_run
$view$);

select {{ schema }}.ensure_shape('ingestion_run', $shape${{ shape_of_ingestion_run() }}$shape$);

create table if not exists {{ schema }}.rejected_ingestion_run (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.ingestion_run_versions (
    id uuid,
    tenant_id uuid,
    connector_id uuid,
    entity varchar(63),
    mode varchar(16),
    status varchar(16),
    stats_json jsonb,
    records_landed bigint,
    records_refused bigint,
    started_at timestamptz,
    finished_at timestamptz,
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
select {{ schema }}.ensure_index('ix_ingestion_run_versions_key', $index${{ schema }}.ingestion_run_versions (id, valid_from)$index$);

create table if not exists {{ schema }}.ingestion_run (
    id uuid not null,
    tenant_id uuid,
    connector_id uuid,
    entity varchar(63),
    mode varchar(16),
    status varchar(16),
    stats_json jsonb,
    records_landed bigint,
    records_refused bigint,
    started_at timestamptz,
    finished_at timestamptz,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (id)
);
select {{ schema }}.ensure_index('ix_ingestion_run_connector', $index${{ schema }}.ingestion_run (connector_id, started_at)$index$);
select {{ schema }}.ensure_index('ix_ingestion_run_tenant', $index${{ schema }}.ingestion_run (tenant_id, status)$index$);

select {{ schema }}.ensure_view('ingestion_run__lake', $view$
select
    id,
    tenant_id,
    connector_id,
    entity,
    mode,
    status,
    stats_json::text as stats_json,
    records_landed,
    records_refused,
    started_at,
    finished_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.ingestion_run
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_ingestion_run() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["id"],
    "physical_key": ["id"],
    "layout": null,
    "columns": [
        {"name": "id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "connector_id", "type": "uuid"},
        {"name": "entity", "type": "character varying(63)"},
        {"name": "mode", "type": "character varying(16)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "stats_json", "type": "jsonb"},
        {"name": "records_landed", "type": "bigint"},
        {"name": "records_refused", "type": "bigint"},
        {"name": "started_at", "type": "timestamp with time zone"},
        {"name": "finished_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
