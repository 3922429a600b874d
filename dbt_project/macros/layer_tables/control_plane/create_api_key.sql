{# The tables of api_key. Generated from definitions/object_models/control_plane/api_key.json: edit that file, not this one. #}
{% macro create_api_key(schema) %}
create table if not exists {{ schema }}.source_api_key (
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
select {{ schema }}.add_source_columns('source_api_key');
select {{ schema }}.lift_raw_seq('source_api_key');
select {{ schema }}.ensure_index('ix_api_key_unclaimed', $index${{ schema }}.source_api_key (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_api_key_claimed', $index${{ schema }}.source_api_key (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_api_key_unarchived', $index${{ schema }}.source_api_key (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_api_key_ingested', $index${{ schema }}.source_api_key (ingested_at)$index$);
select {{ schema }}.ensure_view('source_api_key__lake', $view$
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
from {{ schema }}.source_api_key
$view$);

select {{ schema }}.ensure_shape('api_key', $shape${{ shape_of_api_key() }}$shape$);

create table if not exists {{ schema }}.rejected_api_key (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.api_key_versions (
    key_id uuid,
    tenant_id uuid,
    created_by_id uuid,
    name varchar(120),
    key_prefix varchar(12),
    scopes text[],
    created_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
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
select {{ schema }}.ensure_index('ix_api_key_versions_key', $index${{ schema }}.api_key_versions (key_id, valid_from)$index$);

create table if not exists {{ schema }}.api_key (
    key_id uuid not null,
    tenant_id uuid,
    created_by_id uuid,
    name varchar(120),
    key_prefix varchar(12),
    scopes text[],
    created_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (key_id)
);

select {{ schema }}.ensure_view('api_key__lake', $view$
select
    key_id,
    tenant_id,
    created_by_id,
    name,
    key_prefix,
    scopes::text as scopes,
    created_at,
    expires_at,
    revoked_at,
    last_used_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.api_key
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_api_key() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["key_id"],
    "physical_key": ["key_id"],
    "layout": null,
    "columns": [
        {"name": "key_id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "created_by_id", "type": "uuid"},
        {"name": "name", "type": "character varying(120)"},
        {"name": "key_prefix", "type": "character varying(12)"},
        {"name": "scopes", "type": "text[]"},
        {"name": "created_at", "type": "timestamp with time zone"},
        {"name": "expires_at", "type": "timestamp with time zone"},
        {"name": "revoked_at", "type": "timestamp with time zone"},
        {"name": "last_used_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
