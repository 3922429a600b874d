{# The tables of scor_metric_catalog. Generated from definitions/object_models/ascm_scor/scor_metric_catalog.json: edit that file, not this one. #}
{% macro create_scor_metric_catalog(schema) %}
create table if not exists {{ schema }}.source_scor_metric_catalog (
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
select {{ schema }}.add_source_columns('source_scor_metric_catalog');
select {{ schema }}.lift_raw_seq('source_scor_metric_catalog');
select {{ schema }}.ensure_index('ix_scor_metric_catalog_unclaimed', $index${{ schema }}.source_scor_metric_catalog (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_scor_metric_catalog_claimed', $index${{ schema }}.source_scor_metric_catalog (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_scor_metric_catalog_unarchived', $index${{ schema }}.source_scor_metric_catalog (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_scor_metric_catalog_ingested', $index${{ schema }}.source_scor_metric_catalog (ingested_at)$index$);
select {{ schema }}.ensure_view('source_scor_metric_catalog__lake', $view$
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
from {{ schema }}.source_scor_metric_catalog
$view$);

select {{ schema }}.ensure_shape('scor_metric_catalog', $shape${{ shape_of_scor_metric_catalog() }}$shape$);

create table if not exists {{ schema }}.rejected_scor_metric_catalog (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.scor_metric_catalog (
    metric_id varchar(64) not null,
    metric_name varchar(120),
    attribute_code varchar(2),
    metric_level smallint,
    parent_metric_id varchar(64),
    unit varchar(24),
    direction varchar(24),
    definition text,
    formula text,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (metric_id)
);
select {{ schema }}.ensure_index('ix_scor_metric_catalog_parent', $index${{ schema }}.scor_metric_catalog (parent_metric_id)$index$);

select {{ schema }}.ensure_view('scor_metric_catalog__lake', $view$
select
    metric_id,
    metric_name,
    attribute_code,
    metric_level,
    parent_metric_id,
    unit,
    direction,
    definition,
    formula,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.scor_metric_catalog
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_scor_metric_catalog() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["metric_id"],
    "physical_key": ["metric_id"],
    "layout": null,
    "columns": [
        {"name": "metric_id", "type": "character varying(64)"},
        {"name": "metric_name", "type": "character varying(120)"},
        {"name": "attribute_code", "type": "character varying(2)"},
        {"name": "metric_level", "type": "smallint"},
        {"name": "parent_metric_id", "type": "character varying(64)"},
        {"name": "unit", "type": "character varying(24)"},
        {"name": "direction", "type": "character varying(24)"},
        {"name": "definition", "type": "text"},
        {"name": "formula", "type": "text"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
