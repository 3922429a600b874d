{# The tables of scor_performance_attributes. Generated from definitions/object_models/ascm_scor/scor_performance_attributes.json: edit that file, not this one. #}
{% macro create_scor_performance_attributes(schema) %}
create table if not exists {{ schema }}.source_scor_performance_attributes (
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
select {{ schema }}.add_source_columns('source_scor_performance_attributes');
select {{ schema }}.lift_raw_seq('source_scor_performance_attributes');
select {{ schema }}.ensure_index('ix_scor_performance_attributes_unclaimed', $index${{ schema }}.source_scor_performance_attributes (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_scor_performance_attributes_claimed', $index${{ schema }}.source_scor_performance_attributes (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_scor_performance_attributes_unarchived', $index${{ schema }}.source_scor_performance_attributes (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_scor_performance_attributes_ingested', $index${{ schema }}.source_scor_performance_attributes (ingested_at)$index$);
select {{ schema }}.ensure_view('source_scor_performance_attributes__lake', $view$
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
from {{ schema }}.source_scor_performance_attributes
$view$);

select {{ schema }}.ensure_shape('scor_performance_attributes', $shape${{ shape_of_scor_performance_attributes() }}$shape$);

create table if not exists {{ schema }}.rejected_scor_performance_attributes (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.scor_performance_attributes (
    attribute_code varchar(2) not null,
    attribute_name varchar(40),
    faces varchar(8),
    definition text,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (attribute_code)
);

select {{ schema }}.ensure_view('scor_performance_attributes__lake', $view$
select
    attribute_code,
    attribute_name,
    faces,
    definition,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.scor_performance_attributes
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_scor_performance_attributes() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["attribute_code"],
    "physical_key": ["attribute_code"],
    "layout": null,
    "columns": [
        {"name": "attribute_code", "type": "character varying(2)"},
        {"name": "attribute_name", "type": "character varying(40)"},
        {"name": "faces", "type": "character varying(8)"},
        {"name": "definition", "type": "text"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
