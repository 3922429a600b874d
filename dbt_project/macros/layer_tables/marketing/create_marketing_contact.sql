{# The tables of marketing_contact. Generated from definitions/object_models/marketing/marketing_contact.json: edit that file, not this one. #}
{% macro create_marketing_contact(schema) %}
create table if not exists {{ schema }}.source_marketing_contact (
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
select {{ schema }}.add_source_columns('source_marketing_contact');
select {{ schema }}.lift_raw_seq('source_marketing_contact');
select {{ schema }}.ensure_index('ix_marketing_contact_unclaimed', $index${{ schema }}.source_marketing_contact (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketing_contact_claimed', $index${{ schema }}.source_marketing_contact (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketing_contact_unarchived', $index${{ schema }}.source_marketing_contact (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketing_contact_ingested', $index${{ schema }}.source_marketing_contact (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketing_contact__lake', $view$
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
from {{ schema }}.source_marketing_contact
$view$);

select {{ schema }}.ensure_shape('marketing_contact', $shape${{ shape_of_marketing_contact() }}$shape$);

create table if not exists {{ schema }}.rejected_marketing_contact (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketing_contact_versions (
    contact_id uuid,
    tenant_id uuid,
    account_id uuid,
    email varchar(254),
    full_name varchar(200),
    phone varchar(40),
    job_title varchar(120),
    status varchar(16),
    created_at timestamptz,
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
select {{ schema }}.ensure_index('ix_marketing_contact_versions_key', $index${{ schema }}.marketing_contact_versions (contact_id, valid_from)$index$);

create table if not exists {{ schema }}.marketing_contact (
    contact_id uuid not null,
    tenant_id uuid,
    account_id uuid,
    email varchar(254),
    full_name varchar(200),
    phone varchar(40),
    job_title varchar(120),
    status varchar(16),
    created_at timestamptz,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (contact_id)
);
select {{ schema }}.ensure_index('ix_marketing_contact_account', $index${{ schema }}.marketing_contact (account_id)$index$);

select {{ schema }}.ensure_view('marketing_contact__lake', $view$
select
    contact_id,
    tenant_id,
    account_id,
    {{ schema }}.tokenize(email::text) as email,
    left(full_name::text, (length(full_name::text) > 3)::int) || '***' as full_name,
    job_title,
    status,
    created_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketing_contact
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketing_contact() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["contact_id"],
    "physical_key": ["contact_id"],
    "layout": null,
    "columns": [
        {"name": "contact_id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "account_id", "type": "uuid"},
        {"name": "email", "type": "character varying(254)"},
        {"name": "full_name", "type": "character varying(200)"},
        {"name": "phone", "type": "character varying(40)"},
        {"name": "job_title", "type": "character varying(120)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "created_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
