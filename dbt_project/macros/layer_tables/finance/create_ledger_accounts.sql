{# The tables of ledger_accounts. Generated from definitions/object_models/finance/ledger_accounts.json: edit that file, not this one. #}
{% macro create_ledger_accounts(schema) %}
create table if not exists {{ schema }}.source_ledger_accounts (
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
select {{ schema }}.add_source_columns('source_ledger_accounts');
select {{ schema }}.lift_raw_seq('source_ledger_accounts');
select {{ schema }}.ensure_index('ix_ledger_accounts_unclaimed', $index${{ schema }}.source_ledger_accounts (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_ledger_accounts_claimed', $index${{ schema }}.source_ledger_accounts (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_ledger_accounts_unarchived', $index${{ schema }}.source_ledger_accounts (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_ledger_accounts_ingested', $index${{ schema }}.source_ledger_accounts (ingested_at)$index$);
select {{ schema }}.ensure_view('source_ledger_accounts__lake', $view$
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
from {{ schema }}.source_ledger_accounts
$view$);

select {{ schema }}.ensure_shape('ledger_accounts', $shape${{ shape_of_ledger_accounts() }}$shape$);

create table if not exists {{ schema }}.rejected_ledger_accounts (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.ledger_accounts (
    account_number varchar(8) not null,
    account_name varchar(120),
    account_type varchar(10),
    parent_account_number varchar(8),
    normal_side varchar(6),
    is_open boolean,
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

select {{ schema }}.ensure_view('ledger_accounts__lake', $view$
select
    account_number,
    account_name,
    account_type,
    parent_account_number,
    normal_side,
    is_open,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.ledger_accounts
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_ledger_accounts() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["account_number"],
    "physical_key": ["account_number"],
    "layout": null,
    "columns": [
        {"name": "account_number", "type": "character varying(8)"},
        {"name": "account_name", "type": "character varying(120)"},
        {"name": "account_type", "type": "character varying(10)"},
        {"name": "parent_account_number", "type": "character varying(8)"},
        {"name": "normal_side", "type": "character varying(6)"},
        {"name": "is_open", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
