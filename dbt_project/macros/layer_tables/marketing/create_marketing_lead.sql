{# The tables of marketing_lead. Generated from definitions/object_models/marketing/marketing_lead.json: edit that file, not this one. #}
{% macro create_marketing_lead(schema) %}
create table if not exists {{ schema }}.source_marketing_lead (
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
select {{ schema }}.add_source_columns('source_marketing_lead');
select {{ schema }}.lift_raw_seq('source_marketing_lead');
select {{ schema }}.ensure_index('ix_marketing_lead_unclaimed', $index${{ schema }}.source_marketing_lead (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketing_lead_claimed', $index${{ schema }}.source_marketing_lead (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketing_lead_unarchived', $index${{ schema }}.source_marketing_lead (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketing_lead_ingested', $index${{ schema }}.source_marketing_lead (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketing_lead__lake', $view$
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
from {{ schema }}.source_marketing_lead
$view$);

select {{ schema }}.ensure_shape('marketing_lead', $shape${{ shape_of_marketing_lead() }}$shape$);

create table if not exists {{ schema }}.rejected_marketing_lead (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketing_lead_versions (
    lead_id uuid,
    tenant_id uuid,
    contact_id uuid,
    campaign_id varchar(64),
    status varchar(24),
    score integer,
    disqualified_reason varchar(80),
    pc_lead_id varchar(18),
    pc_opportunity_id varchar(40),
    created_at timestamptz,
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
select {{ schema }}.ensure_index('ix_marketing_lead_versions_key', $index${{ schema }}.marketing_lead_versions (lead_id, valid_from)$index$);

create table if not exists {{ schema }}.marketing_lead (
    lead_id uuid not null,
    tenant_id uuid,
    contact_id uuid,
    campaign_id varchar(64),
    status varchar(24),
    score integer,
    disqualified_reason varchar(80),
    pc_lead_id varchar(18),
    pc_opportunity_id varchar(40),
    created_at timestamptz,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (lead_id)
);
select {{ schema }}.ensure_index('ix_marketing_lead_campaign', $index${{ schema }}.marketing_lead (campaign_id, status)$index$);

select {{ schema }}.ensure_view('marketing_lead__lake', $view$
select
    lead_id,
    tenant_id,
    contact_id,
    campaign_id,
    status,
    score,
    disqualified_reason,
    pc_lead_id,
    pc_opportunity_id,
    created_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketing_lead
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketing_lead() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["lead_id"],
    "physical_key": ["lead_id"],
    "layout": null,
    "columns": [
        {"name": "lead_id", "type": "uuid"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "contact_id", "type": "uuid"},
        {"name": "campaign_id", "type": "character varying(64)"},
        {"name": "status", "type": "character varying(24)"},
        {"name": "score", "type": "integer"},
        {"name": "disqualified_reason", "type": "character varying(80)"},
        {"name": "pc_lead_id", "type": "character varying(18)"},
        {"name": "pc_opportunity_id", "type": "character varying(40)"},
        {"name": "created_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
