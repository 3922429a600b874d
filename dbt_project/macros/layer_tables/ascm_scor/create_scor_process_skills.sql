{# The tables of scor_process_skills. Generated from definitions/object_models/ascm_scor/scor_process_skills.json: edit that file, not this one. #}
{% macro create_scor_process_skills(schema) %}
create table if not exists {{ schema }}.source_scor_process_skills (
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
select {{ schema }}.add_source_columns('source_scor_process_skills');
select {{ schema }}.lift_raw_seq('source_scor_process_skills');
select {{ schema }}.ensure_index('ix_scor_process_skills_unclaimed', $index${{ schema }}.source_scor_process_skills (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_scor_process_skills_claimed', $index${{ schema }}.source_scor_process_skills (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_scor_process_skills_unarchived', $index${{ schema }}.source_scor_process_skills (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_scor_process_skills_ingested', $index${{ schema }}.source_scor_process_skills (ingested_at)$index$);
select {{ schema }}.ensure_view('source_scor_process_skills__lake', $view$
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
from {{ schema }}.source_scor_process_skills
$view$);

select {{ schema }}.ensure_shape('scor_process_skills', $shape${{ shape_of_scor_process_skills() }}$shape$);

create table if not exists {{ schema }}.rejected_scor_process_skills (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.scor_process_skills (
    process_id varchar(32) not null,
    skill_id varchar(16) not null,
    required_level smallint,
    people_needed smallint,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (process_id, skill_id)
);
select {{ schema }}.ensure_index('ix_scor_process_skills_skill', $index${{ schema }}.scor_process_skills (skill_id)$index$);

select {{ schema }}.ensure_view('scor_process_skills__lake', $view$
select
    process_id,
    skill_id,
    required_level,
    people_needed,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.scor_process_skills
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_scor_process_skills() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["process_id", "skill_id"],
    "physical_key": ["process_id", "skill_id"],
    "layout": null,
    "columns": [
        {"name": "process_id", "type": "character varying(32)"},
        {"name": "skill_id", "type": "character varying(16)"},
        {"name": "required_level", "type": "smallint"},
        {"name": "people_needed", "type": "smallint"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
