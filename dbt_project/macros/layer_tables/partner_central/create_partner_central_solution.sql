{# The tables of partner_central_solution. Generated from definitions/object_models/partner_central/partner_central_solution.json: edit that file, not this one. #}
{% macro create_partner_central_solution(schema) %}
create table if not exists {{ schema }}.source_partner_central_solution (
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
select {{ schema }}.add_source_columns('source_partner_central_solution');
select {{ schema }}.lift_raw_seq('source_partner_central_solution');
select {{ schema }}.ensure_index('ix_partner_central_solution_unclaimed', $index${{ schema }}.source_partner_central_solution (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_partner_central_solution_claimed', $index${{ schema }}.source_partner_central_solution (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_partner_central_solution_unarchived', $index${{ schema }}.source_partner_central_solution (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_partner_central_solution_ingested', $index${{ schema }}.source_partner_central_solution (ingested_at)$index$);
select {{ schema }}.ensure_view('source_partner_central_solution__lake', $view$
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
from {{ schema }}.source_partner_central_solution
$view$);

select {{ schema }}.ensure_shape('partner_central_solution', $shape${{ shape_of_partner_central_solution() }}$shape$);

create table if not exists {{ schema }}.rejected_partner_central_solution (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.partner_central_solution_versions (
    id varchar(128),
    tenant_id uuid,
    solution_id varchar(40),
    title varchar(255),
    category varchar(80),
    status varchar(16),
    created_at timestamptz,
    payload_json jsonb,
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
select {{ schema }}.ensure_index('ix_partner_central_solution_versions_key', $index${{ schema }}.partner_central_solution_versions (solution_id, valid_from)$index$);

create table if not exists {{ schema }}.partner_central_solution (
    id varchar(128),
    tenant_id uuid,
    solution_id varchar(40) not null,
    title varchar(255),
    category varchar(80),
    status varchar(16),
    created_at timestamptz,
    payload_json jsonb,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (solution_id)
);

select {{ schema }}.ensure_view('partner_central_solution__lake', $view$
select
    id,
    tenant_id,
    solution_id,
    title,
    category,
    status,
    created_at,
    payload_json::text as payload_json,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.partner_central_solution
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_partner_central_solution() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["solution_id"],
    "physical_key": ["solution_id"],
    "layout": null,
    "columns": [
        {"name": "id", "type": "character varying(128)"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "solution_id", "type": "character varying(40)"},
        {"name": "title", "type": "character varying(255)"},
        {"name": "category", "type": "character varying(80)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "created_at", "type": "timestamp with time zone"},
        {"name": "payload_json", "type": "jsonb"}
    ]
}
{% endmacro %}
