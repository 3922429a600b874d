{# The tables of scor_people. Generated from definitions/object_models/ascm_scor/scor_people.json: edit that file, not this one. #}
{% macro create_scor_people(schema) %}
create table if not exists {{ schema }}.source_scor_people (
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
select {{ schema }}.add_source_columns('source_scor_people');
select {{ schema }}.lift_raw_seq('source_scor_people');
select {{ schema }}.ensure_index('ix_scor_people_unclaimed', $index${{ schema }}.source_scor_people (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_scor_people_claimed', $index${{ schema }}.source_scor_people (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_scor_people_unarchived', $index${{ schema }}.source_scor_people (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_scor_people_ingested', $index${{ schema }}.source_scor_people (ingested_at)$index$);
select {{ schema }}.ensure_view('source_scor_people__lake', $view$
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
from {{ schema }}.source_scor_people
$view$);

select {{ schema }}.ensure_shape('scor_people', $shape${{ shape_of_scor_people() }}$shape$);

create table if not exists {{ schema }}.rejected_scor_people (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.scor_people_versions (
    person_id varchar(16),
    full_name varchar(120),
    process_id varchar(32),
    contract_hours numeric(5,2),
    hired_on date,
    left_on date,
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
select {{ schema }}.ensure_index('ix_scor_people_versions_key', $index${{ schema }}.scor_people_versions (person_id, valid_from)$index$);

create table if not exists {{ schema }}.scor_people (
    person_id varchar(16) not null,
    full_name varchar(120),
    process_id varchar(32),
    contract_hours numeric(5,2),
    hired_on date,
    left_on date,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (person_id)
);
select {{ schema }}.ensure_index('ix_scor_people_process', $index${{ schema }}.scor_people (process_id)$index$);

select {{ schema }}.ensure_view('scor_people__lake', $view$
select
    person_id,
    {{ schema }}.tokenize(full_name::text) as full_name,
    process_id,
    contract_hours::text as contract_hours,
    hired_on,
    left_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.scor_people
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_scor_people() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["person_id"],
    "physical_key": ["person_id"],
    "layout": null,
    "columns": [
        {"name": "person_id", "type": "character varying(16)"},
        {"name": "full_name", "type": "character varying(120)"},
        {"name": "process_id", "type": "character varying(32)"},
        {"name": "contract_hours", "type": "numeric(5,2)"},
        {"name": "hired_on", "type": "date"},
        {"name": "left_on", "type": "date"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
