{# The tables of scor_training_records. Generated from definitions/object_models/ascm_scor/scor_training_records.json: edit that file, not this one. #}
{% macro create_scor_training_records(schema) %}
create table if not exists {{ schema }}.source_scor_training_records (
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
select {{ schema }}.add_source_columns('source_scor_training_records');
select {{ schema }}.lift_raw_seq('source_scor_training_records');
select {{ schema }}.ensure_index('ix_scor_training_records_unclaimed', $index${{ schema }}.source_scor_training_records (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_scor_training_records_claimed', $index${{ schema }}.source_scor_training_records (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_scor_training_records_unarchived', $index${{ schema }}.source_scor_training_records (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_scor_training_records_ingested', $index${{ schema }}.source_scor_training_records (ingested_at)$index$);
select {{ schema }}.ensure_view('source_scor_training_records__lake', $view$
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
from {{ schema }}.source_scor_training_records
$view$);

select {{ schema }}.ensure_shape('scor_training_records', $shape${{ shape_of_scor_training_records() }}$shape$);

create table if not exists {{ schema }}.rejected_scor_training_records (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'scor_training_records', 'auto', 'ended_on', '1 month', true, $table$
    record_id bigint not null,
    person_id varchar(16),
    skill_id varchar(16),
    level_before smallint,
    level_after smallint,
    training_hours numeric(6,2),
    has_improved boolean,
    ended_on date not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (record_id, ended_on)
$table$);
select {{ schema }}.make_partitions('scor_training_records', '1 month', 3);
select {{ schema }}.ensure_index('ix_scor_training_records_person', $index${{ schema }}.scor_training_records (person_id)$index$);
select {{ schema }}.ensure_index('ix_scor_training_records_skill', $index${{ schema }}.scor_training_records (skill_id, ended_on)$index$);
select {{ schema }}.ensure_index('ix_scor_training_records_ended_on', $index${{ schema }}.scor_training_records using brin (ended_on) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('scor_training_records__lake', $view$
select
    record_id,
    person_id,
    skill_id,
    level_before,
    level_after,
    training_hours::text as training_hours,
    has_improved,
    ended_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.scor_training_records
    union all
    select * from {{ schema }}.missing_parts('scor_training_records', null::{{ schema }}.scor_training_records)
) as scor_training_records
$view$);
select {{ schema }}.ensure_view('history_scor_training_records', $view$
select
    record_id,
    person_id,
    skill_id,
    level_before,
    level_after,
    training_hours,
    has_improved,
    ended_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('scor_training_records', null::{{ schema }}.scor_training_records)
    union all
    select * from {{ schema }}.scor_training_records
) as scor_training_records
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_scor_training_records() %}
{
    "kind": "event",
    "time_column": "ended_on",
    "key": ["record_id"],
    "physical_key": ["record_id", "ended_on"],
    "layout": null,
    "columns": [
        {"name": "record_id", "type": "bigint"},
        {"name": "person_id", "type": "character varying(16)"},
        {"name": "skill_id", "type": "character varying(16)"},
        {"name": "level_before", "type": "smallint"},
        {"name": "level_after", "type": "smallint"},
        {"name": "training_hours", "type": "numeric(6,2)"},
        {"name": "has_improved", "type": "boolean"},
        {"name": "ended_on", "type": "date"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
