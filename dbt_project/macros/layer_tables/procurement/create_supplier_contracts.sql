{# The tables of supplier_contracts. Generated from definitions/object_models/procurement/supplier_contracts.json: edit that file, not this one. #}
{% macro create_supplier_contracts(schema) %}
create table if not exists {{ schema }}.source_supplier_contracts (
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
select {{ schema }}.add_source_columns('source_supplier_contracts');
select {{ schema }}.lift_raw_seq('source_supplier_contracts');
select {{ schema }}.ensure_index('ix_supplier_contracts_unclaimed', $index${{ schema }}.source_supplier_contracts (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_supplier_contracts_claimed', $index${{ schema }}.source_supplier_contracts (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_supplier_contracts_unarchived', $index${{ schema }}.source_supplier_contracts (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_supplier_contracts_ingested', $index${{ schema }}.source_supplier_contracts (ingested_at)$index$);
select {{ schema }}.ensure_view('source_supplier_contracts__lake', $view$
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
from {{ schema }}.source_supplier_contracts
$view$);

select {{ schema }}.ensure_shape('supplier_contracts', $shape${{ shape_of_supplier_contracts() }}$shape$);

create table if not exists {{ schema }}.rejected_supplier_contracts (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.supplier_contracts_versions (
    contract_id varchar(24),
    supplier_id varchar(16),
    title varchar(200),
    status varchar(12),
    starts_on date,
    ends_on date,
    committed_spend numeric(16,2),
    currency varchar(3),
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
select {{ schema }}.ensure_index('ix_supplier_contracts_versions_key', $index${{ schema }}.supplier_contracts_versions (contract_id, valid_from)$index$);

create table if not exists {{ schema }}.supplier_contracts (
    contract_id varchar(24) not null,
    supplier_id varchar(16),
    title varchar(200),
    status varchar(12),
    starts_on date,
    ends_on date,
    committed_spend numeric(16,2),
    currency varchar(3),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (contract_id)
);
select {{ schema }}.ensure_index('ix_supplier_contracts_supplier', $index${{ schema }}.supplier_contracts (supplier_id)$index$);

select {{ schema }}.ensure_view('supplier_contracts__lake', $view$
select
    contract_id,
    supplier_id,
    title,
    status,
    starts_on,
    ends_on,
    committed_spend::text as committed_spend,
    currency,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.supplier_contracts
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_supplier_contracts() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["contract_id"],
    "physical_key": ["contract_id"],
    "layout": null,
    "columns": [
        {"name": "contract_id", "type": "character varying(24)"},
        {"name": "supplier_id", "type": "character varying(16)"},
        {"name": "title", "type": "character varying(200)"},
        {"name": "status", "type": "character varying(12)"},
        {"name": "starts_on", "type": "date"},
        {"name": "ends_on", "type": "date"},
        {"name": "committed_spend", "type": "numeric(16,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
