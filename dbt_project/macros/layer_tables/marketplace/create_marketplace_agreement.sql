{# The tables of marketplace_agreement. Generated from definitions/object_models/marketplace/marketplace_agreement.json: edit that file, not this one. #}
{% macro create_marketplace_agreement(schema) %}
create table if not exists {{ schema }}.source_marketplace_agreement (
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
select {{ schema }}.add_source_columns('source_marketplace_agreement');
select {{ schema }}.lift_raw_seq('source_marketplace_agreement');
select {{ schema }}.ensure_index('ix_marketplace_agreement_unclaimed', $index${{ schema }}.source_marketplace_agreement (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_agreement_claimed', $index${{ schema }}.source_marketplace_agreement (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketplace_agreement_unarchived', $index${{ schema }}.source_marketplace_agreement (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_agreement_ingested', $index${{ schema }}.source_marketplace_agreement (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketplace_agreement__lake', $view$
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
from {{ schema }}.source_marketplace_agreement
$view$);

select {{ schema }}.ensure_shape('marketplace_agreement', $shape${{ shape_of_marketplace_agreement() }}$shape$);

create table if not exists {{ schema }}.rejected_marketplace_agreement (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketplace_agreement_versions (
    tenant_id uuid,
    agreement_id varchar(64),
    offer_id varchar(64),
    acceptor_account_id varchar(12),
    proposer_account_id varchar(12),
    status varchar(16),
    agreement_value numeric(18,2),
    currency varchar(3),
    accepted_at timestamptz,
    started_at timestamptz,
    ends_at timestamptz,
    last_seen_at timestamptz,
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
select {{ schema }}.ensure_index('ix_marketplace_agreement_versions_key', $index${{ schema }}.marketplace_agreement_versions (agreement_id, valid_from)$index$);

create table if not exists {{ schema }}.marketplace_agreement (
    tenant_id uuid,
    agreement_id varchar(64) not null,
    offer_id varchar(64),
    acceptor_account_id varchar(12),
    proposer_account_id varchar(12),
    status varchar(16),
    agreement_value numeric(18,2),
    currency varchar(3),
    accepted_at timestamptz,
    started_at timestamptz,
    ends_at timestamptz,
    last_seen_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (agreement_id)
);
select {{ schema }}.ensure_index('ix_marketplace_agreement_acceptor', $index${{ schema }}.marketplace_agreement (acceptor_account_id)$index$);

select {{ schema }}.ensure_view('marketplace_agreement__lake', $view$
select
    tenant_id,
    agreement_id,
    offer_id,
    acceptor_account_id,
    proposer_account_id,
    status,
    agreement_value::text as agreement_value,
    currency,
    accepted_at,
    started_at,
    ends_at,
    last_seen_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketplace_agreement
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketplace_agreement() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["agreement_id"],
    "physical_key": ["agreement_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "agreement_id", "type": "character varying(64)"},
        {"name": "offer_id", "type": "character varying(64)"},
        {"name": "acceptor_account_id", "type": "character varying(12)"},
        {"name": "proposer_account_id", "type": "character varying(12)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "agreement_value", "type": "numeric(18,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "accepted_at", "type": "timestamp with time zone"},
        {"name": "started_at", "type": "timestamp with time zone"},
        {"name": "ends_at", "type": "timestamp with time zone"},
        {"name": "last_seen_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
