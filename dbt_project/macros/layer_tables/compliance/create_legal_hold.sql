{# The tables of legal_hold. Generated from definitions/object_models/compliance/legal_hold.json: edit that file, not this one. #}
{% macro create_legal_hold(schema) %}
create table if not exists {{ schema }}.source_legal_hold (
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
select {{ schema }}.add_source_columns('source_legal_hold');
select {{ schema }}.lift_raw_seq('source_legal_hold');
select {{ schema }}.ensure_index('ix_legal_hold_unclaimed', $index${{ schema }}.source_legal_hold (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_legal_hold_claimed', $index${{ schema }}.source_legal_hold (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_legal_hold_unarchived', $index${{ schema }}.source_legal_hold (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_legal_hold_ingested', $index${{ schema }}.source_legal_hold (ingested_at)$index$);
select {{ schema }}.ensure_view('source_legal_hold__lake', $view$
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
from {{ schema }}.source_legal_hold
$view$);

select {{ schema }}.ensure_shape('legal_hold', $shape${{ shape_of_legal_hold() }}$shape$);

create table if not exists {{ schema }}.rejected_legal_hold (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.legal_hold_versions (
    hold_id varchar(40),
    tenant_id uuid,
    matter varchar(200),
    scope_table varchar(40),
    scope_from date,
    scope_to date,
    status varchar(16),
    placed_at timestamptz,
    placed_by_id uuid,
    released_at timestamptz,
    release_approval_id uuid,
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
select {{ schema }}.ensure_index('ix_legal_hold_versions_key', $index${{ schema }}.legal_hold_versions (hold_id, valid_from)$index$);

create table if not exists {{ schema }}.legal_hold (
    hold_id varchar(40) not null,
    tenant_id uuid,
    matter varchar(200),
    scope_table varchar(40),
    scope_from date,
    scope_to date,
    status varchar(16),
    placed_at timestamptz,
    placed_by_id uuid,
    released_at timestamptz,
    release_approval_id uuid,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (hold_id)
);

select {{ schema }}.ensure_view('legal_hold__lake', $view$
select
    hold_id,
    tenant_id,
    matter,
    scope_table,
    scope_from,
    scope_to,
    status,
    placed_at,
    placed_by_id,
    released_at,
    release_approval_id,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.legal_hold
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_legal_hold() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["hold_id"],
    "physical_key": ["hold_id"],
    "layout": null,
    "columns": [
        {"name": "hold_id", "type": "character varying(40)"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "matter", "type": "character varying(200)"},
        {"name": "scope_table", "type": "character varying(40)"},
        {"name": "scope_from", "type": "date"},
        {"name": "scope_to", "type": "date"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "placed_at", "type": "timestamp with time zone"},
        {"name": "placed_by_id", "type": "uuid"},
        {"name": "released_at", "type": "timestamp with time zone"},
        {"name": "release_approval_id", "type": "uuid"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
