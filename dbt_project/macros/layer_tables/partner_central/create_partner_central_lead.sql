{# The tables of partner_central_lead. Generated from definitions/object_models/partner_central/partner_central_lead.json: edit that file, not this one. #}
{% macro create_partner_central_lead(schema) %}
create table if not exists {{ schema }}.source_partner_central_lead (
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
select {{ schema }}.add_source_columns('source_partner_central_lead');
select {{ schema }}.lift_raw_seq('source_partner_central_lead');
select {{ schema }}.ensure_index('ix_partner_central_lead_unclaimed', $index${{ schema }}.source_partner_central_lead (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_partner_central_lead_claimed', $index${{ schema }}.source_partner_central_lead (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_partner_central_lead_unarchived', $index${{ schema }}.source_partner_central_lead (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_partner_central_lead_ingested', $index${{ schema }}.source_partner_central_lead (ingested_at)$index$);
select {{ schema }}.ensure_view('source_partner_central_lead__lake', $view$
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
from {{ schema }}.source_partner_central_lead
$view$);

select {{ schema }}.ensure_shape('partner_central_lead', $shape${{ shape_of_partner_central_lead() }}$shape$);

create table if not exists {{ schema }}.rejected_partner_central_lead (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.partner_central_lead_versions (
    id varchar(128),
    tenant_id uuid,
    pc_lead_id varchar(18),
    partner_crm_lead_id varchar(18),
    source varchar(255),
    status varchar(40),
    lead_stage varchar(40),
    campaign_name varchar(255),
    industry varchar(80),
    company_name varchar(255),
    contact_name varchar(120),
    email varchar(254),
    country varchar(80),
    lead_age_days integer,
    created_at timestamptz,
    last_modified_at timestamptz,
    payload_json jsonb,
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
select {{ schema }}.ensure_index('ix_partner_central_lead_versions_key', $index${{ schema }}.partner_central_lead_versions (pc_lead_id, valid_from)$index$);

create table if not exists {{ schema }}.partner_central_lead (
    id varchar(128),
    tenant_id uuid,
    pc_lead_id varchar(18) not null,
    partner_crm_lead_id varchar(18),
    source varchar(255),
    status varchar(40),
    lead_stage varchar(40),
    campaign_name varchar(255),
    industry varchar(80),
    company_name varchar(255),
    contact_name varchar(120),
    email varchar(254),
    country varchar(80),
    lead_age_days integer,
    created_at timestamptz,
    last_modified_at timestamptz,
    payload_json jsonb,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (pc_lead_id)
);
select {{ schema }}.ensure_index('ix_partner_central_lead_tenant_status', $index${{ schema }}.partner_central_lead (tenant_id, status)$index$);
select {{ schema }}.ensure_index('ix_partner_central_lead_partner_crm_lead_id', $index${{ schema }}.partner_central_lead (partner_crm_lead_id)$index$);

select {{ schema }}.ensure_view('partner_central_lead__lake', $view$
select
    id,
    tenant_id,
    pc_lead_id,
    partner_crm_lead_id,
    source,
    status,
    lead_stage,
    campaign_name,
    industry,
    company_name,
    left(contact_name::text, (length(contact_name::text) > 3)::int) || '***' as contact_name,
    {{ schema }}.tokenize(email::text) as email,
    country,
    lead_age_days,
    created_at,
    last_modified_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.partner_central_lead
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_partner_central_lead() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["pc_lead_id"],
    "physical_key": ["pc_lead_id"],
    "layout": null,
    "columns": [
        {"name": "id", "type": "character varying(128)"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "pc_lead_id", "type": "character varying(18)"},
        {"name": "partner_crm_lead_id", "type": "character varying(18)"},
        {"name": "source", "type": "character varying(255)"},
        {"name": "status", "type": "character varying(40)"},
        {"name": "lead_stage", "type": "character varying(40)"},
        {"name": "campaign_name", "type": "character varying(255)"},
        {"name": "industry", "type": "character varying(80)"},
        {"name": "company_name", "type": "character varying(255)"},
        {"name": "contact_name", "type": "character varying(120)"},
        {"name": "email", "type": "character varying(254)"},
        {"name": "country", "type": "character varying(80)"},
        {"name": "lead_age_days", "type": "integer"},
        {"name": "created_at", "type": "timestamp with time zone"},
        {"name": "last_modified_at", "type": "timestamp with time zone"},
        {"name": "payload_json", "type": "jsonb"}
    ]
}
{% endmacro %}
