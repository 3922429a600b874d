{# The tables of audit_event. Generated from definitions/object_models/control_plane/audit_event.json: edit that file, not this one. #}
{% macro create_audit_event(schema) %}
create table if not exists {{ schema }}.source_audit_event (
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
select {{ schema }}.add_source_columns('source_audit_event');
select {{ schema }}.lift_raw_seq('source_audit_event');
select {{ schema }}.ensure_index('ix_audit_event_unclaimed', $index${{ schema }}.source_audit_event (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_audit_event_claimed', $index${{ schema }}.source_audit_event (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_audit_event_unarchived', $index${{ schema }}.source_audit_event (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_audit_event_ingested', $index${{ schema }}.source_audit_event (ingested_at)$index$);
select {{ schema }}.ensure_view('source_audit_event__lake', $view$
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
from {{ schema }}.source_audit_event
$view$);

select {{ schema }}.ensure_shape('audit_event', $shape${{ shape_of_audit_event() }}$shape$);

create table if not exists {{ schema }}.rejected_audit_event (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'audit_event', 'auto', 'occurred_at', '1 month', true, $table$
    event_id uuid not null,
    occurred_at timestamptz not null,
    tenant_id uuid,
    actor_user_id uuid,
    actor_key_id uuid,
    action varchar(80),
    target_kind varchar(40),
    target_id varchar(128),
    outcome varchar(16),
    source_ip varchar(45),
    request_id varchar(64),
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (event_id, occurred_at)
$table$);
select {{ schema }}.make_partitions('audit_event', '1 month', 3);
select {{ schema }}.ensure_index('ix_audit_event_tenant', $index${{ schema }}.audit_event (tenant_id, occurred_at)$index$);
select {{ schema }}.ensure_index('ix_audit_event_action', $index${{ schema }}.audit_event (action, occurred_at)$index$);
select {{ schema }}.ensure_index('ix_audit_event_actor_user_id', $index${{ schema }}.audit_event (actor_user_id)$index$);
select {{ schema }}.ensure_index('ix_audit_event_occurred_at', $index${{ schema }}.audit_event using brin (occurred_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('audit_event__lake', $view$
select
    event_id,
    occurred_at,
    tenant_id,
    actor_user_id,
    actor_key_id,
    action,
    target_kind,
    target_id,
    outcome,
    {{ schema }}.tokenize(source_ip::text) as source_ip,
    request_id,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.audit_event
    union all
    select * from {{ schema }}.missing_parts('audit_event', null::{{ schema }}.audit_event)
) as audit_event
$view$);
select {{ schema }}.ensure_view('history_audit_event', $view$
select
    event_id,
    occurred_at,
    tenant_id,
    actor_user_id,
    actor_key_id,
    action,
    target_kind,
    target_id,
    outcome,
    {{ schema }}.tokenize(source_ip::text) as source_ip,
    request_id,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('audit_event', null::{{ schema }}.audit_event)
    union all
    select * from {{ schema }}.audit_event
) as audit_event
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_audit_event() %}
{
    "kind": "event",
    "time_column": "occurred_at",
    "key": ["event_id"],
    "physical_key": ["event_id", "occurred_at"],
    "layout": null,
    "columns": [
        {"name": "event_id", "type": "uuid"},
        {"name": "occurred_at", "type": "timestamp with time zone"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "actor_user_id", "type": "uuid"},
        {"name": "actor_key_id", "type": "uuid"},
        {"name": "action", "type": "character varying(80)"},
        {"name": "target_kind", "type": "character varying(40)"},
        {"name": "target_id", "type": "character varying(128)"},
        {"name": "outcome", "type": "character varying(16)"},
        {"name": "source_ip", "type": "character varying(45)"},
        {"name": "request_id", "type": "character varying(64)"}
    ]
}
{% endmacro %}
