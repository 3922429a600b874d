{# The tables of scor_practices. Generated from definitions/object_models/ascm_scor/scor_practices.json: edit that file, not this one. #}
{% macro create_scor_practices(schema) %}
create table if not exists {{ schema }}.source_scor_practices (
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
select {{ schema }}.add_source_columns('source_scor_practices');
select {{ schema }}.lift_raw_seq('source_scor_practices');
select {{ schema }}.ensure_index('ix_scor_practices_unclaimed', $index${{ schema }}.source_scor_practices (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_scor_practices_claimed', $index${{ schema }}.source_scor_practices (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_scor_practices_unarchived', $index${{ schema }}.source_scor_practices (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_scor_practices_ingested', $index${{ schema }}.source_scor_practices (ingested_at)$index$);
select {{ schema }}.ensure_view('source_scor_practices__lake', $view$
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
from {{ schema }}.source_scor_practices
$view$);

select {{ schema }}.ensure_shape('scor_practices', $shape${{ shape_of_scor_practices() }}$shape$);

create table if not exists {{ schema }}.rejected_scor_practices (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.scor_practices (
    practice_id varchar(16) not null,
    practice_name varchar(120),
    maturity varchar(16),
    process_id varchar(32),
    description text,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (practice_id)
);
select {{ schema }}.ensure_index('ix_scor_practices_process', $index${{ schema }}.scor_practices (process_id)$index$);

select {{ schema }}.ensure_view('scor_practices__lake', $view$
select
    practice_id,
    practice_name,
    maturity,
    process_id,
    description,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.scor_practices
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_scor_practices() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["practice_id"],
    "physical_key": ["practice_id"],
    "layout": null,
    "columns": [
        {"name": "practice_id", "type": "character varying(16)"},
        {"name": "practice_name", "type": "character varying(120)"},
        {"name": "maturity", "type": "character varying(16)"},
        {"name": "process_id", "type": "character varying(32)"},
        {"name": "description", "type": "text"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
