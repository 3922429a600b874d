{# The tables of subject_request. Generated from definitions/object_models/compliance/subject_request.json: edit that file, not this one. #}
{% macro create_subject_request(schema) %}
create table if not exists {{ schema }}.source_subject_request (
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
select {{ schema }}.add_source_columns('source_subject_request');
select {{ schema }}.lift_raw_seq('source_subject_request');
select {{ schema }}.ensure_index('ix_subject_request_unclaimed', $index${{ schema }}.source_subject_request (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_subject_request_claimed', $index${{ schema }}.source_subject_request (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_subject_request_unarchived', $index${{ schema }}.source_subject_request (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_subject_request_ingested', $index${{ schema }}.source_subject_request (ingested_at)$index$);
select {{ schema }}.ensure_view('source_subject_request__lake', $view$
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
from {{ schema }}.source_subject_request
$view$);

select {{ schema }}.ensure_shape('subject_request', $shape${{ shape_of_subject_request() }}$shape$);

create table if not exists {{ schema }}.rejected_subject_request (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.subject_request_versions (
    request_id uuid,
    tenant_id uuid,
    subject_email varchar(254),
    contact_id uuid,
    right_asked varchar(16),
    status varchar(16),
    received_on date,
    due_on date,
    answered_on date,
    is_on_time boolean,
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
select {{ schema }}.ensure_index('ix_subject_request_versions_key', $index${{ schema }}.subject_request_versions (request_id, valid_from)$index$);

create table if not exists {{ schema }}.subject_request (
    request_id uuid not null,
    tenant_id uuid,
    subject_email varchar(254),
    contact_id uuid,
    right_asked varchar(16),
    status varchar(16),
    received_on date,
    due_on date,
    answered_on date,
    is_on_time boolean,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (request_id)
);

select {{ schema }}.ensure_view('subject_request__lake', $view$
select
    request_id,
    tenant_id,
    {{ schema }}.tokenize(subject_email::text) as subject_email,
    contact_id,
    right_asked,
    status,
    received_on,
    due_on,
    answered_on,
    is_on_time,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.subject_request
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_subject_request() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["request_id"],
    "physical_key": ["request_id"],
    "layout": null,
    "columns": [
        {"name": "request_id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "subject_email", "type": "character varying(254)"},
        {"name": "contact_id", "type": "uuid"},
        {"name": "right_asked", "type": "character varying(16)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "received_on", "type": "date"},
        {"name": "due_on", "type": "date"},
        {"name": "answered_on", "type": "date"},
        {"name": "is_on_time", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
