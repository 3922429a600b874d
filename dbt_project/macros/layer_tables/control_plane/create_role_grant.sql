{# The tables of role_grant. Generated from definitions/object_models/control_plane/role_grant.json: edit that file, not this one. #}
{% macro create_role_grant(schema) %}
create table if not exists {{ schema }}.source_role_grant (
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
select {{ schema }}.add_source_columns('source_role_grant');
select {{ schema }}.lift_raw_seq('source_role_grant');
select {{ schema }}.ensure_index('ix_role_grant_unclaimed', $index${{ schema }}.source_role_grant (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_role_grant_claimed', $index${{ schema }}.source_role_grant (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_role_grant_unarchived', $index${{ schema }}.source_role_grant (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_role_grant_ingested', $index${{ schema }}.source_role_grant (ingested_at)$index$);
select {{ schema }}.ensure_view('source_role_grant__lake', $view$
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
from {{ schema }}.source_role_grant
$view$);

select {{ schema }}.ensure_shape('role_grant', $shape${{ shape_of_role_grant() }}$shape$);

create table if not exists {{ schema }}.rejected_role_grant (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.role_grant_versions (
    grant_id uuid,
    tenant_id uuid,
    user_id uuid,
    role varchar(32),
    granted_by_id uuid,
    granted_at timestamptz,
    revoked_at timestamptz,
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
select {{ schema }}.ensure_index('ix_role_grant_versions_key', $index${{ schema }}.role_grant_versions (grant_id, valid_from)$index$);

create table if not exists {{ schema }}.role_grant (
    grant_id uuid not null,
    tenant_id uuid,
    user_id uuid,
    role varchar(32),
    granted_by_id uuid,
    granted_at timestamptz,
    revoked_at timestamptz,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (grant_id)
);
select {{ schema }}.ensure_index('ix_role_grant_user', $index${{ schema }}.role_grant (user_id)$index$);

select {{ schema }}.ensure_view('role_grant__lake', $view$
select
    grant_id,
    tenant_id,
    user_id,
    role,
    granted_by_id,
    granted_at,
    revoked_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.role_grant
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_role_grant() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["grant_id"],
    "physical_key": ["grant_id"],
    "layout": null,
    "columns": [
        {"name": "grant_id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "user_id", "type": "uuid"},
        {"name": "role", "type": "character varying(32)"},
        {"name": "granted_by_id", "type": "uuid"},
        {"name": "granted_at", "type": "timestamp with time zone"},
        {"name": "revoked_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
