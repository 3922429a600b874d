{# The tables of opportunity_team_member. Generated from definitions/object_models/partner_central/opportunity_team_member.json: edit that file, not this one. #}
{% macro create_opportunity_team_member(schema) %}
create table if not exists {{ schema }}.source_opportunity_team_member (
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
select {{ schema }}.add_source_columns('source_opportunity_team_member');
select {{ schema }}.lift_raw_seq('source_opportunity_team_member');
select {{ schema }}.ensure_index('ix_opportunity_team_member_unclaimed', $index${{ schema }}.source_opportunity_team_member (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_opportunity_team_member_claimed', $index${{ schema }}.source_opportunity_team_member (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_opportunity_team_member_unarchived', $index${{ schema }}.source_opportunity_team_member (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_opportunity_team_member_ingested', $index${{ schema }}.source_opportunity_team_member (ingested_at)$index$);
select {{ schema }}.ensure_view('source_opportunity_team_member__lake', $view$
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
from {{ schema }}.source_opportunity_team_member
$view$);

select {{ schema }}.ensure_shape('opportunity_team_member', $shape${{ shape_of_opportunity_team_member() }}$shape$);

create table if not exists {{ schema }}.rejected_opportunity_team_member (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.opportunity_team_member_versions (
    tenant_id uuid,
    pc_opportunity_id varchar(40),
    email varchar(254),
    side varchar(8),
    business_title varchar(80),
    full_name varchar(200),
    first_name varchar(80),
    last_name varchar(80),
    joined_at timestamptz,
    left_at timestamptz,
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
select {{ schema }}.ensure_index('ix_opportunity_team_member_versions_key', $index${{ schema }}.opportunity_team_member_versions (pc_opportunity_id, email, valid_from)$index$);

create table if not exists {{ schema }}.opportunity_team_member (
    tenant_id uuid,
    pc_opportunity_id varchar(40) not null,
    email varchar(254) not null,
    side varchar(8),
    business_title varchar(80),
    full_name varchar(200),
    first_name varchar(80),
    last_name varchar(80),
    joined_at timestamptz,
    left_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (pc_opportunity_id, email)
);

select {{ schema }}.ensure_view('opportunity_team_member__lake', $view$
select
    tenant_id,
    pc_opportunity_id,
    {{ schema }}.tokenize(email::text) as email,
    side,
    business_title,
    left(full_name::text, (length(full_name::text) > 3)::int) || '***' as full_name,
    joined_at,
    left_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.opportunity_team_member
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_opportunity_team_member() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["email", "pc_opportunity_id"],
    "physical_key": ["pc_opportunity_id", "email"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "pc_opportunity_id", "type": "character varying(40)"},
        {"name": "email", "type": "character varying(254)"},
        {"name": "side", "type": "character varying(8)"},
        {"name": "business_title", "type": "character varying(80)"},
        {"name": "full_name", "type": "character varying(200)"},
        {"name": "first_name", "type": "character varying(80)"},
        {"name": "last_name", "type": "character varying(80)"},
        {"name": "joined_at", "type": "timestamp with time zone"},
        {"name": "left_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
