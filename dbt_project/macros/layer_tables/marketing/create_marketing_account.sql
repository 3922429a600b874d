{# The tables of marketing_account. Generated from definitions/object_models/marketing/marketing_account.json: edit that file, not this one. #}
{% macro create_marketing_account(schema) %}
create table if not exists {{ schema }}.source_marketing_account (
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
select {{ schema }}.add_source_columns('source_marketing_account');
select {{ schema }}.lift_raw_seq('source_marketing_account');
select {{ schema }}.ensure_index('ix_marketing_account_unclaimed', $index${{ schema }}.source_marketing_account (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketing_account_claimed', $index${{ schema }}.source_marketing_account (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketing_account_unarchived', $index${{ schema }}.source_marketing_account (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketing_account_ingested', $index${{ schema }}.source_marketing_account (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketing_account__lake', $view$
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
from {{ schema }}.source_marketing_account
$view$);

select {{ schema }}.ensure_shape('marketing_account', $shape${{ shape_of_marketing_account() }}$shape$);

create table if not exists {{ schema }}.rejected_marketing_account (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketing_account_versions (
    account_id uuid,
    tenant_id uuid,
    company_name varchar(200),
    industry varchar(80),
    country_code varchar(2),
    employee_band varchar(16),
    subscriber_account_id varchar(12),
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
select {{ schema }}.ensure_index('ix_marketing_account_versions_key', $index${{ schema }}.marketing_account_versions (account_id, valid_from)$index$);

create table if not exists {{ schema }}.marketing_account (
    account_id uuid not null,
    tenant_id uuid,
    company_name varchar(200),
    industry varchar(80),
    country_code varchar(2),
    employee_band varchar(16),
    subscriber_account_id varchar(12),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (account_id)
);

select {{ schema }}.ensure_view('marketing_account__lake', $view$
select
    account_id,
    tenant_id,
    company_name,
    industry,
    country_code,
    employee_band,
    subscriber_account_id,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketing_account
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketing_account() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["account_id"],
    "physical_key": ["account_id"],
    "layout": null,
    "columns": [
        {"name": "account_id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "company_name", "type": "character varying(200)"},
        {"name": "industry", "type": "character varying(80)"},
        {"name": "country_code", "type": "character varying(2)"},
        {"name": "employee_band", "type": "character varying(16)"},
        {"name": "subscriber_account_id", "type": "character varying(12)"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
