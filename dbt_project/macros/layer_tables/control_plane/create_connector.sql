{# The tables of connector. Generated from definitions/object_models/control_plane/connector.json: edit that file, not this one. #}
{% macro create_connector(schema) %}
create table if not exists {{ schema }}.source_connector (
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
select {{ schema }}.add_source_columns('source_connector');
select {{ schema }}.lift_raw_seq('source_connector');
select {{ schema }}.ensure_index('ix_connector_unclaimed', $index${{ schema }}.source_connector (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_connector_claimed', $index${{ schema }}.source_connector (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_connector_unarchived', $index${{ schema }}.source_connector (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_connector_ingested', $index${{ schema }}.source_connector (ingested_at)$index$);
select {{ schema }}.ensure_view('source_connector__lake', $view$
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
from {{ schema }}.source_connector
$view$);

select {{ schema }}.ensure_shape('connector', $shape${{ shape_of_connector() }}$shape$);

create table if not exists {{ schema }}.rejected_connector (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.connector_versions (
    id uuid,
    tenant_id uuid,
    name varchar(120),
    kind varchar(32),
    config_json jsonb,
    status varchar(16),
    schedule varchar(64),
    created_at timestamptz,
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
select {{ schema }}.ensure_index('ix_connector_versions_key', $index${{ schema }}.connector_versions (id, valid_from)$index$);

create table if not exists {{ schema }}.connector (
    id uuid not null,
    tenant_id uuid,
    name varchar(120),
    kind varchar(32),
    config_json jsonb,
    status varchar(16),
    schedule varchar(64),
    created_at timestamptz,
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
select {{ schema }}.ensure_index('ix_connector_tenant', $index${{ schema }}.connector (tenant_id, kind)$index$);

select {{ schema }}.ensure_view('connector__lake', $view$
select
    id,
    tenant_id,
    name,
    kind,
    config_json::text as config_json,
    status,
    schedule,
    created_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.connector
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_connector() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["id"],
    "physical_key": ["id"],
    "layout": null,
    "columns": [
        {"name": "id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "name", "type": "character varying(120)"},
        {"name": "kind", "type": "character varying(32)"},
        {"name": "config_json", "type": "jsonb"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "schedule", "type": "character varying(64)"},
        {"name": "created_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
