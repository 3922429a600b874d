{# The tables of quota. Generated from definitions/object_models/control_plane/quota.json: edit that file, not this one. #}
{% macro create_quota(schema) %}
create table if not exists {{ schema }}.source_quota (
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
select {{ schema }}.add_source_columns('source_quota');
select {{ schema }}.lift_raw_seq('source_quota');
select {{ schema }}.ensure_index('ix_quota_unclaimed', $index${{ schema }}.source_quota (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_quota_claimed', $index${{ schema }}.source_quota (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_quota_unarchived', $index${{ schema }}.source_quota (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_quota_ingested', $index${{ schema }}.source_quota (ingested_at)$index$);
select {{ schema }}.ensure_view('source_quota__lake', $view$
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
from {{ schema }}.source_quota
$view$);

select {{ schema }}.ensure_shape('quota', $shape${{ shape_of_quota() }}$shape$);

create table if not exists {{ schema }}.rejected_quota (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.quota_versions (
    quota_id varchar(80),
    tenant_id uuid,
    resource varchar(40),
    limit_value bigint,
    is_hard boolean,
    raised_by_id uuid,
    valid_until date,
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
select {{ schema }}.ensure_index('ix_quota_versions_key', $index${{ schema }}.quota_versions (quota_id, valid_from)$index$);

create table if not exists {{ schema }}.quota (
    quota_id varchar(80) not null,
    tenant_id uuid,
    resource varchar(40),
    limit_value bigint,
    is_hard boolean,
    raised_by_id uuid,
    valid_until date,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (quota_id)
);

select {{ schema }}.ensure_view('quota__lake', $view$
select
    quota_id,
    tenant_id,
    resource,
    limit_value,
    is_hard,
    raised_by_id,
    valid_until,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.quota
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_quota() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["quota_id"],
    "physical_key": ["quota_id"],
    "layout": null,
    "columns": [
        {"name": "quota_id", "type": "character varying(80)"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "resource", "type": "character varying(40)"},
        {"name": "limit_value", "type": "bigint"},
        {"name": "is_hard", "type": "boolean"},
        {"name": "raised_by_id", "type": "uuid"},
        {"name": "valid_until", "type": "date"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
