{# The tables of control_assessment. Generated from definitions/object_models/compliance/control_assessment.json: edit that file, not this one. #}
{% macro create_control_assessment(schema) %}
create table if not exists {{ schema }}.source_control_assessment (
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
select {{ schema }}.add_source_columns('source_control_assessment');
select {{ schema }}.lift_raw_seq('source_control_assessment');
select {{ schema }}.ensure_index('ix_control_assessment_unclaimed', $index${{ schema }}.source_control_assessment (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_control_assessment_claimed', $index${{ schema }}.source_control_assessment (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_control_assessment_unarchived', $index${{ schema }}.source_control_assessment (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_control_assessment_ingested', $index${{ schema }}.source_control_assessment (ingested_at)$index$);
select {{ schema }}.ensure_view('source_control_assessment__lake', $view$
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
from {{ schema }}.source_control_assessment
$view$);

select {{ schema }}.ensure_shape('control_assessment', $shape${{ shape_of_control_assessment() }}$shape$);

create table if not exists {{ schema }}.rejected_control_assessment (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'control_assessment', 'auto', 'assessed_at', '1 month', true, $table$
    assessment_id uuid not null,
    assessed_at timestamptz not null,
    tenant_id uuid,
    control_id varchar(40),
    assessor_kind varchar(16),
    result varchar(16),
    sample_size integer,
    exception_count integer,
    evidence_ref varchar(255),
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (assessment_id, assessed_at)
$table$);
select {{ schema }}.make_partitions('control_assessment', '1 month', 3);
select {{ schema }}.ensure_index('ix_control_assessment_control', $index${{ schema }}.control_assessment (control_id, assessed_at)$index$);
select {{ schema }}.ensure_index('ix_control_assessment_assessed_at', $index${{ schema }}.control_assessment using brin (assessed_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('control_assessment__lake', $view$
select
    assessment_id,
    assessed_at,
    tenant_id,
    control_id,
    assessor_kind,
    result,
    sample_size,
    exception_count,
    evidence_ref,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.control_assessment
    union all
    select * from {{ schema }}.missing_parts('control_assessment', null::{{ schema }}.control_assessment)
) as control_assessment
$view$);
select {{ schema }}.ensure_view('history_control_assessment', $view$
select
    assessment_id,
    assessed_at,
    tenant_id,
    control_id,
    assessor_kind,
    result,
    sample_size,
    exception_count,
    evidence_ref,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('control_assessment', null::{{ schema }}.control_assessment)
    union all
    select * from {{ schema }}.control_assessment
) as control_assessment
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_control_assessment() %}
{
    "kind": "event",
    "time_column": "assessed_at",
    "key": ["assessment_id"],
    "physical_key": ["assessment_id", "assessed_at"],
    "layout": null,
    "columns": [
        {"name": "assessment_id", "type": "uuid"},
        {"name": "assessed_at", "type": "timestamp with time zone"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "control_id", "type": "character varying(40)"},
        {"name": "assessor_kind", "type": "character varying(16)"},
        {"name": "result", "type": "character varying(16)"},
        {"name": "sample_size", "type": "integer"},
        {"name": "exception_count", "type": "integer"},
        {"name": "evidence_ref", "type": "character varying(255)"}
    ]
}
{% endmacro %}
