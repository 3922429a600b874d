{# The tables of customer_segments. Generated from definitions/object_models/customer_retention/customer_segments.json: edit that file, not this one. #}
{% macro create_customer_segments(schema) %}
create table if not exists {{ schema }}.source_customer_segments (
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
select {{ schema }}.add_source_columns('source_customer_segments');
select {{ schema }}.lift_raw_seq('source_customer_segments');
select {{ schema }}.ensure_index('ix_customer_segments_unclaimed', $index${{ schema }}.source_customer_segments (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_customer_segments_claimed', $index${{ schema }}.source_customer_segments (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_customer_segments_unarchived', $index${{ schema }}.source_customer_segments (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_customer_segments_ingested', $index${{ schema }}.source_customer_segments (ingested_at)$index$);
select {{ schema }}.ensure_view('source_customer_segments__lake', $view$
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
from {{ schema }}.source_customer_segments
$view$);

select {{ schema }}.ensure_shape('customer_segments', $shape${{ shape_of_customer_segments() }}$shape$);

create table if not exists {{ schema }}.rejected_customer_segments (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.customer_segments (
    segment_code varchar(24) not null,
    segment_name varchar(80),
    rule text,
    priority smallint,
    is_at_risk boolean,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (segment_code)
);

select {{ schema }}.ensure_view('customer_segments__lake', $view$
select
    segment_code,
    segment_name,
    rule,
    priority,
    is_at_risk,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.customer_segments
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_customer_segments() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["segment_code"],
    "physical_key": ["segment_code"],
    "layout": null,
    "columns": [
        {"name": "segment_code", "type": "character varying(24)"},
        {"name": "segment_name", "type": "character varying(80)"},
        {"name": "rule", "type": "text"},
        {"name": "priority", "type": "smallint"},
        {"name": "is_at_risk", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
