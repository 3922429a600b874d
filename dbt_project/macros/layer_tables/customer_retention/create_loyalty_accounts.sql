{# The tables of loyalty_accounts. Generated from definitions/object_models/customer_retention/loyalty_accounts.json: edit that file, not this one. #}
{% macro create_loyalty_accounts(schema) %}
create table if not exists {{ schema }}.source_loyalty_accounts (
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
select {{ schema }}.add_source_columns('source_loyalty_accounts');
select {{ schema }}.lift_raw_seq('source_loyalty_accounts');
select {{ schema }}.ensure_index('ix_loyalty_accounts_unclaimed', $index${{ schema }}.source_loyalty_accounts (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_loyalty_accounts_claimed', $index${{ schema }}.source_loyalty_accounts (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_loyalty_accounts_unarchived', $index${{ schema }}.source_loyalty_accounts (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_loyalty_accounts_ingested', $index${{ schema }}.source_loyalty_accounts (ingested_at)$index$);
select {{ schema }}.ensure_view('source_loyalty_accounts__lake', $view$
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
from {{ schema }}.source_loyalty_accounts
$view$);

select {{ schema }}.ensure_shape('loyalty_accounts', $shape${{ shape_of_loyalty_accounts() }}$shape$);

create table if not exists {{ schema }}.rejected_loyalty_accounts (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.loyalty_accounts_versions (
    account_number varchar(16),
    customer_id uuid,
    tier varchar(8),
    status varchar(8),
    point_balance integer,
    email varchar(254),
    birth_date date,
    joined_on date,
    closed_on date,
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
select {{ schema }}.ensure_index('ix_loyalty_accounts_versions_key', $index${{ schema }}.loyalty_accounts_versions (account_number, valid_from)$index$);

create table if not exists {{ schema }}.loyalty_accounts (
    account_number varchar(16) not null,
    customer_id uuid,
    tier varchar(8),
    status varchar(8),
    point_balance integer,
    email varchar(254),
    birth_date date,
    joined_on date,
    closed_on date,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (account_number)
);
select {{ schema }}.ensure_index('ix_loyalty_accounts_customer', $index${{ schema }}.loyalty_accounts (customer_id)$index$);

select {{ schema }}.ensure_view('loyalty_accounts__lake', $view$
select
    account_number,
    customer_id,
    tier,
    status,
    point_balance,
    {{ schema }}.tokenize(email::text) as email,
    joined_on,
    closed_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.loyalty_accounts
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_loyalty_accounts() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["account_number"],
    "physical_key": ["account_number"],
    "layout": null,
    "columns": [
        {"name": "account_number", "type": "character varying(16)"},
        {"name": "customer_id", "type": "uuid"},
        {"name": "tier", "type": "character varying(8)"},
        {"name": "status", "type": "character varying(8)"},
        {"name": "point_balance", "type": "integer"},
        {"name": "email", "type": "character varying(254)"},
        {"name": "birth_date", "type": "date"},
        {"name": "joined_on", "type": "date"},
        {"name": "closed_on", "type": "date"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
