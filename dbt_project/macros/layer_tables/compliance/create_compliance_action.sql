{# The tables of compliance_action. Generated from definitions/object_models/compliance/compliance_action.json: edit that file, not this one. #}
{% macro create_compliance_action(schema) %}
create table if not exists {{ schema }}.source_compliance_action (
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
select {{ schema }}.add_source_columns('source_compliance_action');
select {{ schema }}.lift_raw_seq('source_compliance_action');
select {{ schema }}.ensure_index('ix_compliance_action_unclaimed', $index${{ schema }}.source_compliance_action (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_compliance_action_claimed', $index${{ schema }}.source_compliance_action (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_compliance_action_unarchived', $index${{ schema }}.source_compliance_action (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_compliance_action_ingested', $index${{ schema }}.source_compliance_action (ingested_at)$index$);
select {{ schema }}.ensure_view('source_compliance_action__lake', $view$
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
from {{ schema }}.source_compliance_action
$view$);

select {{ schema }}.ensure_shape('compliance_action', $shape${{ shape_of_compliance_action() }}$shape$);

create table if not exists {{ schema }}.rejected_compliance_action (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.compliance_action_versions (
    action_id uuid,
    tenant_id uuid,
    violation_id uuid,
    title varchar(200),
    assignee_id uuid,
    status varchar(16),
    due_on date,
    completed_on date,
    is_late boolean,
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
select {{ schema }}.ensure_index('ix_compliance_action_versions_key', $index${{ schema }}.compliance_action_versions (action_id, valid_from)$index$);

create table if not exists {{ schema }}.compliance_action (
    action_id uuid not null,
    tenant_id uuid,
    violation_id uuid,
    title varchar(200),
    assignee_id uuid,
    status varchar(16),
    due_on date,
    completed_on date,
    is_late boolean,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (action_id)
);
select {{ schema }}.ensure_index('ix_compliance_action_violation', $index${{ schema }}.compliance_action (violation_id)$index$);

select {{ schema }}.ensure_view('compliance_action__lake', $view$
select
    action_id,
    tenant_id,
    violation_id,
    title,
    assignee_id,
    status,
    due_on,
    completed_on,
    is_late,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.compliance_action
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_compliance_action() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["action_id"],
    "physical_key": ["action_id"],
    "layout": null,
    "columns": [
        {"name": "action_id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "violation_id", "type": "uuid"},
        {"name": "title", "type": "character varying(200)"},
        {"name": "assignee_id", "type": "uuid"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "due_on", "type": "date"},
        {"name": "completed_on", "type": "date"},
        {"name": "is_late", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
