{# The tables of marketplace_disbursement. Generated from definitions/object_models/marketplace/marketplace_disbursement.json: edit that file, not this one. #}
{% macro create_marketplace_disbursement(schema) %}
create table if not exists {{ schema }}.source_marketplace_disbursement (
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
select {{ schema }}.add_source_columns('source_marketplace_disbursement');
select {{ schema }}.lift_raw_seq('source_marketplace_disbursement');
select {{ schema }}.ensure_index('ix_marketplace_disbursement_unclaimed', $index${{ schema }}.source_marketplace_disbursement (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_disbursement_claimed', $index${{ schema }}.source_marketplace_disbursement (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketplace_disbursement_unarchived', $index${{ schema }}.source_marketplace_disbursement (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_disbursement_ingested', $index${{ schema }}.source_marketplace_disbursement (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketplace_disbursement__lake', $view$
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
from {{ schema }}.source_marketplace_disbursement
$view$);

select {{ schema }}.ensure_shape('marketplace_disbursement', $shape${{ shape_of_marketplace_disbursement() }}$shape$);

create table if not exists {{ schema }}.rejected_marketplace_disbursement (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketplace_disbursement_versions (
    tenant_id uuid,
    disbursement_id varchar(80),
    bank_trace_id varchar(80),
    amount numeric(18,2),
    currency varchar(3),
    status varchar(16),
    bank_account_last4 varchar(4),
    paid_on date,
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
select {{ schema }}.ensure_index('ix_marketplace_disbursement_versions_key', $index${{ schema }}.marketplace_disbursement_versions (disbursement_id, valid_from)$index$);

create table if not exists {{ schema }}.marketplace_disbursement (
    tenant_id uuid,
    disbursement_id varchar(80) not null,
    bank_trace_id varchar(80),
    amount numeric(18,2),
    currency varchar(3),
    status varchar(16),
    bank_account_last4 varchar(4),
    paid_on date,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (disbursement_id)
);

select {{ schema }}.ensure_view('marketplace_disbursement__lake', $view$
select
    tenant_id,
    disbursement_id,
    bank_trace_id,
    amount::text as amount,
    currency,
    status,
    bank_account_last4,
    paid_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketplace_disbursement
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketplace_disbursement() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["disbursement_id"],
    "physical_key": ["disbursement_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "disbursement_id", "type": "character varying(80)"},
        {"name": "bank_trace_id", "type": "character varying(80)"},
        {"name": "amount", "type": "numeric(18,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "bank_account_last4", "type": "character varying(4)"},
        {"name": "paid_on", "type": "date"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
