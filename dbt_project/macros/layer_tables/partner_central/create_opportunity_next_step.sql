{# The tables of opportunity_next_step. Generated from definitions/object_models/partner_central/opportunity_next_step.json: edit that file, not this one. #}
{% macro create_opportunity_next_step(schema) %}
create table if not exists {{ schema }}.source_opportunity_next_step (
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
select {{ schema }}.add_source_columns('source_opportunity_next_step');
select {{ schema }}.lift_raw_seq('source_opportunity_next_step');
select {{ schema }}.ensure_index('ix_opportunity_next_step_unclaimed', $index${{ schema }}.source_opportunity_next_step (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_opportunity_next_step_claimed', $index${{ schema }}.source_opportunity_next_step (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_opportunity_next_step_unarchived', $index${{ schema }}.source_opportunity_next_step (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_opportunity_next_step_ingested', $index${{ schema }}.source_opportunity_next_step (ingested_at)$index$);
select {{ schema }}.ensure_view('source_opportunity_next_step__lake', $view$
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
from {{ schema }}.source_opportunity_next_step
$view$);

select {{ schema }}.ensure_shape('opportunity_next_step', $shape${{ shape_of_opportunity_next_step() }}$shape$);

create table if not exists {{ schema }}.rejected_opportunity_next_step (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'opportunity_next_step', 'auto', 'noted_at', '1 month', true, $table$
    tenant_id uuid,
    pc_opportunity_id varchar(40) not null,
    noted_at timestamptz not null,
    next_step text,
    stage_at_time varchar(40),
    noted_by_side varchar(8),
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (pc_opportunity_id, noted_at)
$table$);
select {{ schema }}.make_partitions('opportunity_next_step', '1 month', 3);
select {{ schema }}.ensure_index('ix_opportunity_next_step_noted_at', $index${{ schema }}.opportunity_next_step using brin (noted_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('opportunity_next_step__lake', $view$
select
    tenant_id,
    pc_opportunity_id,
    noted_at,
    next_step,
    stage_at_time,
    noted_by_side,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.opportunity_next_step
    union all
    select * from {{ schema }}.missing_parts('opportunity_next_step', null::{{ schema }}.opportunity_next_step)
) as opportunity_next_step
$view$);
select {{ schema }}.ensure_view('history_opportunity_next_step', $view$
select
    tenant_id,
    pc_opportunity_id,
    noted_at,
    next_step,
    stage_at_time,
    noted_by_side,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('opportunity_next_step', null::{{ schema }}.opportunity_next_step)
    union all
    select * from {{ schema }}.opportunity_next_step
) as opportunity_next_step
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_opportunity_next_step() %}
{
    "kind": "event",
    "time_column": "noted_at",
    "key": ["noted_at", "pc_opportunity_id"],
    "physical_key": ["pc_opportunity_id", "noted_at"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "pc_opportunity_id", "type": "character varying(40)"},
        {"name": "noted_at", "type": "timestamp with time zone"},
        {"name": "next_step", "type": "text"},
        {"name": "stage_at_time", "type": "character varying(40)"},
        {"name": "noted_by_side", "type": "character varying(8)"}
    ]
}
{% endmacro %}
