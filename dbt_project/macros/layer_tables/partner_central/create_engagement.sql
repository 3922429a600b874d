{# The tables of engagement. Generated from definitions/object_models/partner_central/engagement.json: edit that file, not this one. #}
{% macro create_engagement(schema) %}
create table if not exists {{ schema }}.source_engagement (
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
select {{ schema }}.add_source_columns('source_engagement');
select {{ schema }}.lift_raw_seq('source_engagement');
select {{ schema }}.ensure_index('ix_engagement_unclaimed', $index${{ schema }}.source_engagement (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_engagement_claimed', $index${{ schema }}.source_engagement (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_engagement_unarchived', $index${{ schema }}.source_engagement (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_engagement_ingested', $index${{ schema }}.source_engagement (ingested_at)$index$);
select {{ schema }}.ensure_view('source_engagement__lake', $view$
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
from {{ schema }}.source_engagement
$view$);

select {{ schema }}.ensure_shape('engagement', $shape${{ shape_of_engagement() }}$shape$);

create table if not exists {{ schema }}.rejected_engagement (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.engagement_versions (
    tenant_id uuid,
    engagement_id varchar(40),
    title varchar(255),
    engagement_description text,
    created_by_account_id varchar(12),
    member_count integer,
    pc_opportunity_id varchar(40),
    context_types text[],
    created_at timestamptz,
    modified_at timestamptz,
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
select {{ schema }}.ensure_index('ix_engagement_versions_key', $index${{ schema }}.engagement_versions (engagement_id, valid_from)$index$);

create table if not exists {{ schema }}.engagement (
    tenant_id uuid,
    engagement_id varchar(40) not null,
    title varchar(255),
    engagement_description text,
    created_by_account_id varchar(12),
    member_count integer,
    pc_opportunity_id varchar(40),
    context_types text[],
    created_at timestamptz,
    modified_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (engagement_id)
);

select {{ schema }}.ensure_view('engagement__lake', $view$
select
    tenant_id,
    engagement_id,
    title,
    engagement_description,
    created_by_account_id,
    member_count,
    pc_opportunity_id,
    context_types::text as context_types,
    created_at,
    modified_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.engagement
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_engagement() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["engagement_id"],
    "physical_key": ["engagement_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "engagement_id", "type": "character varying(40)"},
        {"name": "title", "type": "character varying(255)"},
        {"name": "engagement_description", "type": "text"},
        {"name": "created_by_account_id", "type": "character varying(12)"},
        {"name": "member_count", "type": "integer"},
        {"name": "pc_opportunity_id", "type": "character varying(40)"},
        {"name": "context_types", "type": "text[]"},
        {"name": "created_at", "type": "timestamp with time zone"},
        {"name": "modified_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
