{# The tables of subscriber_account. Generated from definitions/object_models/marketplace/subscriber_account.json: edit that file, not this one. #}
{% macro create_subscriber_account(schema) %}
create table if not exists {{ schema }}.source_subscriber_account (
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
select {{ schema }}.add_source_columns('source_subscriber_account');
select {{ schema }}.lift_raw_seq('source_subscriber_account');
select {{ schema }}.ensure_index('ix_subscriber_account_unclaimed', $index${{ schema }}.source_subscriber_account (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_subscriber_account_claimed', $index${{ schema }}.source_subscriber_account (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_subscriber_account_unarchived', $index${{ schema }}.source_subscriber_account (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_subscriber_account_ingested', $index${{ schema }}.source_subscriber_account (ingested_at)$index$);
select {{ schema }}.ensure_view('source_subscriber_account__lake', $view$
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
from {{ schema }}.source_subscriber_account
$view$);

select {{ schema }}.ensure_shape('subscriber_account', $shape${{ shape_of_subscriber_account() }}$shape$);

create table if not exists {{ schema }}.rejected_subscriber_account (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.subscriber_account_versions (
    tenant_id uuid,
    account_id varchar(12),
    customer_identifier varchar(64),
    company_name varchar(200),
    country_code varchar(2),
    contact_email varchar(254),
    registered_at timestamptz,
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
select {{ schema }}.ensure_index('ix_subscriber_account_versions_key', $index${{ schema }}.subscriber_account_versions (account_id, valid_from)$index$);

create table if not exists {{ schema }}.subscriber_account (
    tenant_id uuid,
    account_id varchar(12) not null,
    customer_identifier varchar(64),
    company_name varchar(200),
    country_code varchar(2),
    contact_email varchar(254),
    registered_at timestamptz,
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

select {{ schema }}.ensure_view('subscriber_account__lake', $view$
select
    tenant_id,
    account_id,
    customer_identifier,
    company_name,
    country_code,
    {{ schema }}.tokenize(contact_email::text) as contact_email,
    registered_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.subscriber_account
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_subscriber_account() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["account_id"],
    "physical_key": ["account_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "account_id", "type": "character varying(12)"},
        {"name": "customer_identifier", "type": "character varying(64)"},
        {"name": "company_name", "type": "character varying(200)"},
        {"name": "country_code", "type": "character varying(2)"},
        {"name": "contact_email", "type": "character varying(254)"},
        {"name": "registered_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
