{# The tables of cost_centers. Generated from definitions/object_models/finance/cost_centers.json: edit that file, not this one. #}
{% macro create_cost_centers(schema) %}
create table if not exists {{ schema }}.source_cost_centers (
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
select {{ schema }}.add_source_columns('source_cost_centers');
select {{ schema }}.lift_raw_seq('source_cost_centers');
select {{ schema }}.ensure_index('ix_cost_centers_unclaimed', $index${{ schema }}.source_cost_centers (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_cost_centers_claimed', $index${{ schema }}.source_cost_centers (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_cost_centers_unarchived', $index${{ schema }}.source_cost_centers (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_cost_centers_ingested', $index${{ schema }}.source_cost_centers (ingested_at)$index$);
select {{ schema }}.ensure_view('source_cost_centers__lake', $view$
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
from {{ schema }}.source_cost_centers
$view$);

select {{ schema }}.ensure_shape('cost_centers', $shape${{ shape_of_cost_centers() }}$shape$);

create table if not exists {{ schema }}.rejected_cost_centers (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.cost_centers_versions (
    cost_center_code varchar(10),
    cost_center_name varchar(120),
    parent_code varchar(10),
    responsible_name varchar(120),
    is_active boolean,
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
select {{ schema }}.ensure_index('ix_cost_centers_versions_key', $index${{ schema }}.cost_centers_versions (cost_center_code, valid_from)$index$);

create table if not exists {{ schema }}.cost_centers (
    cost_center_code varchar(10) not null,
    cost_center_name varchar(120),
    parent_code varchar(10),
    responsible_name varchar(120),
    is_active boolean,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (cost_center_code)
);

select {{ schema }}.ensure_view('cost_centers__lake', $view$
select
    cost_center_code,
    cost_center_name,
    parent_code,
    {{ schema }}.tokenize(responsible_name::text) as responsible_name,
    is_active,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.cost_centers
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_cost_centers() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["cost_center_code"],
    "physical_key": ["cost_center_code"],
    "layout": null,
    "columns": [
        {"name": "cost_center_code", "type": "character varying(10)"},
        {"name": "cost_center_name", "type": "character varying(120)"},
        {"name": "parent_code", "type": "character varying(10)"},
        {"name": "responsible_name", "type": "character varying(120)"},
        {"name": "is_active", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
