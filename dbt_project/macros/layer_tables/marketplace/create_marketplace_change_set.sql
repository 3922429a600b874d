{# The tables of marketplace_change_set. Generated from definitions/object_models/marketplace/marketplace_change_set.json: edit that file, not this one. #}
{% macro create_marketplace_change_set(schema) %}
create table if not exists {{ schema }}.source_marketplace_change_set (
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
select {{ schema }}.add_source_columns('source_marketplace_change_set');
select {{ schema }}.lift_raw_seq('source_marketplace_change_set');
select {{ schema }}.ensure_index('ix_marketplace_change_set_unclaimed', $index${{ schema }}.source_marketplace_change_set (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_change_set_claimed', $index${{ schema }}.source_marketplace_change_set (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketplace_change_set_unarchived', $index${{ schema }}.source_marketplace_change_set (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_change_set_ingested', $index${{ schema }}.source_marketplace_change_set (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketplace_change_set__lake', $view$
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
from {{ schema }}.source_marketplace_change_set
$view$);

select {{ schema }}.ensure_shape('marketplace_change_set', $shape${{ shape_of_marketplace_change_set() }}$shape$);

create table if not exists {{ schema }}.rejected_marketplace_change_set (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketplace_change_set_versions (
    tenant_id uuid,
    change_set_id varchar(64),
    change_set_name varchar(100),
    status varchar(16),
    product_id varchar(64),
    change_types text[],
    failure_code varchar(40),
    started_at timestamptz,
    ended_at timestamptz,
    last_seen_at timestamptz,
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
select {{ schema }}.ensure_index('ix_marketplace_change_set_versions_key', $index${{ schema }}.marketplace_change_set_versions (change_set_id, valid_from)$index$);

create table if not exists {{ schema }}.marketplace_change_set (
    tenant_id uuid,
    change_set_id varchar(64) not null,
    change_set_name varchar(100),
    status varchar(16),
    product_id varchar(64),
    change_types text[],
    failure_code varchar(40),
    started_at timestamptz,
    ended_at timestamptz,
    last_seen_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (change_set_id)
);

select {{ schema }}.ensure_view('marketplace_change_set__lake', $view$
select
    tenant_id,
    change_set_id,
    change_set_name,
    status,
    product_id,
    change_types::text as change_types,
    failure_code,
    started_at,
    ended_at,
    last_seen_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketplace_change_set
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketplace_change_set() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["change_set_id"],
    "physical_key": ["change_set_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "change_set_id", "type": "character varying(64)"},
        {"name": "change_set_name", "type": "character varying(100)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "product_id", "type": "character varying(64)"},
        {"name": "change_types", "type": "text[]"},
        {"name": "failure_code", "type": "character varying(40)"},
        {"name": "started_at", "type": "timestamp with time zone"},
        {"name": "ended_at", "type": "timestamp with time zone"},
        {"name": "last_seen_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
