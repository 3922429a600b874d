{# The tables of approval_request. Generated from definitions/object_models/compliance/approval_request.json: edit that file, not this one. #}
{% macro create_approval_request(schema) %}
create table if not exists {{ schema }}.source_approval_request (
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
select {{ schema }}.add_source_columns('source_approval_request');
select {{ schema }}.lift_raw_seq('source_approval_request');
select {{ schema }}.ensure_index('ix_approval_request_unclaimed', $index${{ schema }}.source_approval_request (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_approval_request_claimed', $index${{ schema }}.source_approval_request (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_approval_request_unarchived', $index${{ schema }}.source_approval_request (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_approval_request_ingested', $index${{ schema }}.source_approval_request (ingested_at)$index$);
select {{ schema }}.ensure_view('source_approval_request__lake', $view$
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
from {{ schema }}.source_approval_request
$view$);

select {{ schema }}.ensure_shape('approval_request', $shape${{ shape_of_approval_request() }}$shape$);

create table if not exists {{ schema }}.rejected_approval_request (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.approval_request_versions (
    approval_id uuid,
    tenant_id uuid,
    policy_id varchar(40),
    subject_kind varchar(32),
    subject_id varchar(128),
    requested_by_id uuid,
    decided_by_id uuid,
    decision varchar(16),
    requested_at timestamptz,
    decided_at timestamptz,
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
select {{ schema }}.ensure_index('ix_approval_request_versions_key', $index${{ schema }}.approval_request_versions (approval_id, valid_from)$index$);

create table if not exists {{ schema }}.approval_request (
    approval_id uuid not null,
    tenant_id uuid,
    policy_id varchar(40),
    subject_kind varchar(32),
    subject_id varchar(128),
    requested_by_id uuid,
    decided_by_id uuid,
    decision varchar(16),
    requested_at timestamptz,
    decided_at timestamptz,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (approval_id)
);
select {{ schema }}.ensure_index('ix_approval_request_pending', $index${{ schema }}.approval_request (tenant_id, decision)$index$);

select {{ schema }}.ensure_view('approval_request__lake', $view$
select
    approval_id,
    tenant_id,
    policy_id,
    subject_kind,
    subject_id,
    requested_by_id,
    decided_by_id,
    decision,
    requested_at,
    decided_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.approval_request
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_approval_request() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["approval_id"],
    "physical_key": ["approval_id"],
    "layout": null,
    "columns": [
        {"name": "approval_id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "policy_id", "type": "character varying(40)"},
        {"name": "subject_kind", "type": "character varying(32)"},
        {"name": "subject_id", "type": "character varying(128)"},
        {"name": "requested_by_id", "type": "uuid"},
        {"name": "decided_by_id", "type": "uuid"},
        {"name": "decision", "type": "character varying(16)"},
        {"name": "requested_at", "type": "timestamp with time zone"},
        {"name": "decided_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
