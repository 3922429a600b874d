{# The tables of aws_opportunity_summary. Generated from definitions/object_models/partner_central/aws_opportunity_summary.json: edit that file, not this one. #}
{% macro create_aws_opportunity_summary(schema) %}
create table if not exists {{ schema }}.source_aws_opportunity_summary (
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
select {{ schema }}.add_source_columns('source_aws_opportunity_summary');
select {{ schema }}.lift_raw_seq('source_aws_opportunity_summary');
select {{ schema }}.ensure_index('ix_aws_opportunity_summary_unclaimed', $index${{ schema }}.source_aws_opportunity_summary (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_aws_opportunity_summary_claimed', $index${{ schema }}.source_aws_opportunity_summary (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_aws_opportunity_summary_unarchived', $index${{ schema }}.source_aws_opportunity_summary (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_aws_opportunity_summary_ingested', $index${{ schema }}.source_aws_opportunity_summary (ingested_at)$index$);
select {{ schema }}.ensure_view('source_aws_opportunity_summary__lake', $view$
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
from {{ schema }}.source_aws_opportunity_summary
$view$);

select {{ schema }}.ensure_shape('aws_opportunity_summary', $shape${{ shape_of_aws_opportunity_summary() }}$shape$);

create table if not exists {{ schema }}.rejected_aws_opportunity_summary (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.aws_opportunity_summary_versions (
    tenant_id uuid,
    pc_opportunity_id varchar(40),
    involvement_type varchar(40),
    visibility varchar(16),
    origin varchar(40),
    aws_stage varchar(40),
    aws_close_date date,
    engagement_score varchar(8),
    next_best_actions text,
    last_modified_at timestamptz,
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
select {{ schema }}.ensure_index('ix_aws_opportunity_summary_versions_key', $index${{ schema }}.aws_opportunity_summary_versions (pc_opportunity_id, valid_from)$index$);

create table if not exists {{ schema }}.aws_opportunity_summary (
    tenant_id uuid,
    pc_opportunity_id varchar(40) not null,
    involvement_type varchar(40),
    visibility varchar(16),
    origin varchar(40),
    aws_stage varchar(40),
    aws_close_date date,
    engagement_score varchar(8),
    next_best_actions text,
    last_modified_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (pc_opportunity_id)
);

select {{ schema }}.ensure_view('aws_opportunity_summary__lake', $view$
select
    tenant_id,
    pc_opportunity_id,
    involvement_type,
    visibility,
    origin,
    aws_stage,
    aws_close_date,
    engagement_score,
    next_best_actions,
    last_modified_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.aws_opportunity_summary
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_aws_opportunity_summary() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["pc_opportunity_id"],
    "physical_key": ["pc_opportunity_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "pc_opportunity_id", "type": "character varying(40)"},
        {"name": "involvement_type", "type": "character varying(40)"},
        {"name": "visibility", "type": "character varying(16)"},
        {"name": "origin", "type": "character varying(40)"},
        {"name": "aws_stage", "type": "character varying(40)"},
        {"name": "aws_close_date", "type": "date"},
        {"name": "engagement_score", "type": "character varying(8)"},
        {"name": "next_best_actions", "type": "text"},
        {"name": "last_modified_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
