{# The tables of compliance_policy. Generated from definitions/object_models/compliance/compliance_policy.json: edit that file, not this one. #}
{% macro create_compliance_policy(schema) %}
create table if not exists {{ schema }}.source_compliance_policy (
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
select {{ schema }}.add_source_columns('source_compliance_policy');
select {{ schema }}.lift_raw_seq('source_compliance_policy');
select {{ schema }}.ensure_index('ix_compliance_policy_unclaimed', $index${{ schema }}.source_compliance_policy (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_compliance_policy_claimed', $index${{ schema }}.source_compliance_policy (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_compliance_policy_unarchived', $index${{ schema }}.source_compliance_policy (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_compliance_policy_ingested', $index${{ schema }}.source_compliance_policy (ingested_at)$index$);
select {{ schema }}.ensure_view('source_compliance_policy__lake', $view$
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
from {{ schema }}.source_compliance_policy
$view$);

select {{ schema }}.ensure_shape('compliance_policy', $shape${{ shape_of_compliance_policy() }}$shape$);

create table if not exists {{ schema }}.rejected_compliance_policy (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.compliance_policy_versions (
    policy_id varchar(40),
    tenant_id uuid,
    title varchar(200),
    area varchar(32),
    framework_code varchar(32),
    status varchar(16),
    owner_user_id uuid,
    effective_from date,
    review_due_on date,
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
select {{ schema }}.ensure_index('ix_compliance_policy_versions_key', $index${{ schema }}.compliance_policy_versions (policy_id, valid_from)$index$);

create table if not exists {{ schema }}.compliance_policy (
    policy_id varchar(40) not null,
    tenant_id uuid,
    title varchar(200),
    area varchar(32),
    framework_code varchar(32),
    status varchar(16),
    owner_user_id uuid,
    effective_from date,
    review_due_on date,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (policy_id)
);

select {{ schema }}.ensure_view('compliance_policy__lake', $view$
select
    policy_id,
    tenant_id,
    title,
    area,
    framework_code,
    status,
    owner_user_id,
    effective_from,
    review_due_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.compliance_policy
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_compliance_policy() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["policy_id"],
    "physical_key": ["policy_id"],
    "layout": null,
    "columns": [
        {"name": "policy_id", "type": "character varying(40)"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "title", "type": "character varying(200)"},
        {"name": "area", "type": "character varying(32)"},
        {"name": "framework_code", "type": "character varying(32)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "owner_user_id", "type": "uuid"},
        {"name": "effective_from", "type": "date"},
        {"name": "review_due_on", "type": "date"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
