{# The tables of users. Generated from definitions/object_models/control_plane/users.json: edit that file, not this one. #}
{% macro create_users(schema) %}
create table if not exists {{ schema }}.source_users (
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
select {{ schema }}.add_source_columns('source_users');
select {{ schema }}.lift_raw_seq('source_users');
select {{ schema }}.ensure_index('ix_users_unclaimed', $index${{ schema }}.source_users (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_users_claimed', $index${{ schema }}.source_users (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_users_unarchived', $index${{ schema }}.source_users (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_users_ingested', $index${{ schema }}.source_users (ingested_at)$index$);
select {{ schema }}.ensure_view('source_users__lake', $view$
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
from {{ schema }}.source_users
$view$);

select {{ schema }}.ensure_shape('users', $shape${{ shape_of_users() }}$shape$);

create table if not exists {{ schema }}.rejected_users (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.users_versions (
    id uuid,
    tenant_id uuid,
    email varchar(254),
    display_name varchar(200),
    status varchar(16),
    is_service_account boolean,
    mfa_enabled boolean,
    created_at timestamptz,
    last_sign_in_at timestamptz,
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
select {{ schema }}.ensure_index('ix_users_versions_key', $index${{ schema }}.users_versions (id, valid_from)$index$);

create table if not exists {{ schema }}.users (
    id uuid not null,
    tenant_id uuid,
    email varchar(254),
    display_name varchar(200),
    status varchar(16),
    is_service_account boolean,
    mfa_enabled boolean,
    created_at timestamptz,
    last_sign_in_at timestamptz,
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
select {{ schema }}.ensure_index('ix_users_tenant', $index${{ schema }}.users (tenant_id, status)$index$);

select {{ schema }}.ensure_view('users__lake', $view$
select
    id,
    tenant_id,
    {{ schema }}.tokenize(email::text) as email,
    left(display_name::text, (length(display_name::text) > 3)::int) || '***' as display_name,
    status,
    is_service_account,
    mfa_enabled,
    created_at,
    last_sign_in_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.users
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_users() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["id"],
    "physical_key": ["id"],
    "layout": null,
    "columns": [
        {"name": "id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "email", "type": "character varying(254)"},
        {"name": "display_name", "type": "character varying(200)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "is_service_account", "type": "boolean"},
        {"name": "mfa_enabled", "type": "boolean"},
        {"name": "created_at", "type": "timestamp with time zone"},
        {"name": "last_sign_in_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
