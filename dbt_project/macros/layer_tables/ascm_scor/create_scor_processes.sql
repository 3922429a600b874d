{# The tables of scor_processes. Generated from definitions/object_models/ascm_scor/scor_processes.json: edit that file, not this one. #}
{% macro create_scor_processes(schema) %}
create table if not exists {{ schema }}.source_scor_processes (
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
select {{ schema }}.add_source_columns('source_scor_processes');
select {{ schema }}.lift_raw_seq('source_scor_processes');
select {{ schema }}.ensure_index('ix_scor_processes_unclaimed', $index${{ schema }}.source_scor_processes (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_scor_processes_claimed', $index${{ schema }}.source_scor_processes (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_scor_processes_unarchived', $index${{ schema }}.source_scor_processes (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_scor_processes_ingested', $index${{ schema }}.source_scor_processes (ingested_at)$index$);
select {{ schema }}.ensure_view('source_scor_processes__lake', $view$
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
from {{ schema }}.source_scor_processes
$view$);

select {{ schema }}.ensure_shape('scor_processes', $shape${{ shape_of_scor_processes() }}$shape$);

create table if not exists {{ schema }}.rejected_scor_processes (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.scor_processes (
    process_id varchar(32) not null,
    process_name varchar(120),
    process_level smallint,
    process_type varchar(16),
    parent_process_id varchar(32),
    description text,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (process_id)
);
select {{ schema }}.ensure_index('ix_scor_processes_parent', $index${{ schema }}.scor_processes (parent_process_id)$index$);

select {{ schema }}.ensure_view('scor_processes__lake', $view$
select
    process_id,
    process_name,
    process_level,
    process_type,
    parent_process_id,
    description,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.scor_processes
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_scor_processes() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["process_id"],
    "physical_key": ["process_id"],
    "layout": null,
    "columns": [
        {"name": "process_id", "type": "character varying(32)"},
        {"name": "process_name", "type": "character varying(120)"},
        {"name": "process_level", "type": "smallint"},
        {"name": "process_type", "type": "character varying(16)"},
        {"name": "parent_process_id", "type": "character varying(32)"},
        {"name": "description", "type": "text"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
