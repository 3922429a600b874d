{# The tables of compliance_violation. Generated from definitions/object_models/compliance/compliance_violation.json: edit that file, not this one. #}
{% macro create_compliance_violation(schema) %}
create table if not exists {{ schema }}.source_compliance_violation (
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
select {{ schema }}.add_source_columns('source_compliance_violation');
select {{ schema }}.lift_raw_seq('source_compliance_violation');
select {{ schema }}.ensure_index('ix_compliance_violation_unclaimed', $index${{ schema }}.source_compliance_violation (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_compliance_violation_claimed', $index${{ schema }}.source_compliance_violation (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_compliance_violation_unarchived', $index${{ schema }}.source_compliance_violation (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_compliance_violation_ingested', $index${{ schema }}.source_compliance_violation (ingested_at)$index$);
select {{ schema }}.ensure_view('source_compliance_violation__lake', $view$
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
from {{ schema }}.source_compliance_violation
$view$);

select {{ schema }}.ensure_shape('compliance_violation', $shape${{ shape_of_compliance_violation() }}$shape$);

create table if not exists {{ schema }}.rejected_compliance_violation (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.compliance_violation_versions (
    violation_id uuid,
    tenant_id uuid,
    policy_id varchar(40),
    control_id varchar(40),
    severity varchar(16),
    status varchar(16),
    affects_personal_data boolean,
    detected_at timestamptz,
    reported_at timestamptz,
    resolved_at timestamptz,
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
select {{ schema }}.ensure_index('ix_compliance_violation_versions_key', $index${{ schema }}.compliance_violation_versions (violation_id, valid_from)$index$);

create table if not exists {{ schema }}.compliance_violation (
    violation_id uuid not null,
    tenant_id uuid,
    policy_id varchar(40),
    control_id varchar(40),
    severity varchar(16),
    status varchar(16),
    affects_personal_data boolean,
    detected_at timestamptz,
    reported_at timestamptz,
    resolved_at timestamptz,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (violation_id)
);
select {{ schema }}.ensure_index('ix_compliance_violation_open', $index${{ schema }}.compliance_violation (status, severity)$index$);

select {{ schema }}.ensure_view('compliance_violation__lake', $view$
select
    violation_id,
    tenant_id,
    policy_id,
    control_id,
    severity,
    status,
    affects_personal_data,
    detected_at,
    reported_at,
    resolved_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.compliance_violation
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_compliance_violation() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["violation_id"],
    "physical_key": ["violation_id"],
    "layout": null,
    "columns": [
        {"name": "violation_id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "policy_id", "type": "character varying(40)"},
        {"name": "control_id", "type": "character varying(40)"},
        {"name": "severity", "type": "character varying(16)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "affects_personal_data", "type": "boolean"},
        {"name": "detected_at", "type": "timestamp with time zone"},
        {"name": "reported_at", "type": "timestamp with time zone"},
        {"name": "resolved_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
