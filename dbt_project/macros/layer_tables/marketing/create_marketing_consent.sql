{# The tables of marketing_consent. Generated from definitions/object_models/marketing/marketing_consent.json: edit that file, not this one. #}
{% macro create_marketing_consent(schema) %}
create table if not exists {{ schema }}.source_marketing_consent (
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
select {{ schema }}.add_source_columns('source_marketing_consent');
select {{ schema }}.lift_raw_seq('source_marketing_consent');
select {{ schema }}.ensure_index('ix_marketing_consent_unclaimed', $index${{ schema }}.source_marketing_consent (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketing_consent_claimed', $index${{ schema }}.source_marketing_consent (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketing_consent_unarchived', $index${{ schema }}.source_marketing_consent (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketing_consent_ingested', $index${{ schema }}.source_marketing_consent (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketing_consent__lake', $view$
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
from {{ schema }}.source_marketing_consent
$view$);

select {{ schema }}.ensure_shape('marketing_consent', $shape${{ shape_of_marketing_consent() }}$shape$);

create table if not exists {{ schema }}.rejected_marketing_consent (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketing_consent_versions (
    consent_id uuid,
    tenant_id uuid,
    contact_id uuid,
    purpose varchar(32),
    is_given boolean,
    legal_basis varchar(24),
    wording_version varchar(32),
    answered_at timestamptz,
    evidence_ref varchar(255),
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
select {{ schema }}.ensure_index('ix_marketing_consent_versions_key', $index${{ schema }}.marketing_consent_versions (consent_id, valid_from)$index$);

create table if not exists {{ schema }}.marketing_consent (
    consent_id uuid not null,
    tenant_id uuid,
    contact_id uuid,
    purpose varchar(32),
    is_given boolean,
    legal_basis varchar(24),
    wording_version varchar(32),
    answered_at timestamptz,
    evidence_ref varchar(255),
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (consent_id)
);
select {{ schema }}.ensure_index('ix_marketing_consent_contact', $index${{ schema }}.marketing_consent (contact_id, purpose, answered_at)$index$);

select {{ schema }}.ensure_view('marketing_consent__lake', $view$
select
    consent_id,
    tenant_id,
    contact_id,
    purpose,
    is_given,
    legal_basis,
    wording_version,
    answered_at,
    evidence_ref,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketing_consent
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketing_consent() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["consent_id"],
    "physical_key": ["consent_id"],
    "layout": null,
    "columns": [
        {"name": "consent_id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "contact_id", "type": "uuid"},
        {"name": "purpose", "type": "character varying(32)"},
        {"name": "is_given", "type": "boolean"},
        {"name": "legal_basis", "type": "character varying(24)"},
        {"name": "wording_version", "type": "character varying(32)"},
        {"name": "answered_at", "type": "timestamp with time zone"},
        {"name": "evidence_ref", "type": "character varying(255)"}
    ]
}
{% endmacro %}
