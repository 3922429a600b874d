{# The tables of partner_central_opportunity. Generated from definitions/object_models/partner_central/partner_central_opportunity.json: edit that file, not this one. #}
{% macro create_partner_central_opportunity(schema) %}
create table if not exists {{ schema }}.source_partner_central_opportunity (
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
select {{ schema }}.add_source_columns('source_partner_central_opportunity');
select {{ schema }}.lift_raw_seq('source_partner_central_opportunity');
select {{ schema }}.ensure_index('ix_partner_central_opportunity_unclaimed', $index${{ schema }}.source_partner_central_opportunity (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_partner_central_opportunity_claimed', $index${{ schema }}.source_partner_central_opportunity (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_partner_central_opportunity_unarchived', $index${{ schema }}.source_partner_central_opportunity (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_partner_central_opportunity_ingested', $index${{ schema }}.source_partner_central_opportunity (ingested_at)$index$);
select {{ schema }}.ensure_view('source_partner_central_opportunity__lake', $view$
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
from {{ schema }}.source_partner_central_opportunity
$view$);

select {{ schema }}.ensure_shape('partner_central_opportunity', $shape${{ shape_of_partner_central_opportunity() }}$shape$);

create table if not exists {{ schema }}.rejected_partner_central_opportunity (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.partner_central_opportunity_versions (
    id varchar(128),
    tenant_id uuid,
    pc_opportunity_id varchar(40),
    title varchar(255),
    pc_stage varchar(40),
    lifecycle_stage varchar(40),
    outcome varchar(8),
    closed_lost_reason varchar(80),
    pc_review_status varchar(40),
    engagement_status varchar(40),
    opportunity_type varchar(40),
    customer_company_name varchar(200),
    customer_account_id varchar(12),
    customer_industry varchar(80),
    customer_country_code varchar(2),
    expected_spend_amount numeric(18,2),
    expected_spend_currency varchar(3),
    expected_revenue_usd numeric(18,2),
    software_revenue_amount numeric(18,2),
    close_date date,
    quarter varchar(12),
    partner_solution_id varchar(40),
    marketing_campaign varchar(255),
    primary_needs text[],
    delivery_models text[],
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
select {{ schema }}.ensure_index('ix_partner_central_opportunity_versions_key', $index${{ schema }}.partner_central_opportunity_versions (pc_opportunity_id, valid_from)$index$);

create table if not exists {{ schema }}.partner_central_opportunity (
    id varchar(128),
    tenant_id uuid,
    pc_opportunity_id varchar(40) not null,
    title varchar(255),
    pc_stage varchar(40),
    lifecycle_stage varchar(40),
    outcome varchar(8),
    closed_lost_reason varchar(80),
    pc_review_status varchar(40),
    engagement_status varchar(40),
    opportunity_type varchar(40),
    customer_company_name varchar(200),
    customer_account_id varchar(12),
    customer_industry varchar(80),
    customer_country_code varchar(2),
    expected_spend_amount numeric(18,2),
    expected_spend_currency varchar(3),
    expected_revenue_usd numeric(18,2),
    software_revenue_amount numeric(18,2),
    close_date date,
    quarter varchar(12),
    partner_solution_id varchar(40),
    marketing_campaign varchar(255),
    primary_needs text[],
    delivery_models text[],
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
    primary key (pc_opportunity_id)
);
select {{ schema }}.ensure_index('ix_partner_central_opportunity_tenant_stage', $index${{ schema }}.partner_central_opportunity (tenant_id, lifecycle_stage)$index$);
select {{ schema }}.ensure_index('ix_partner_central_opportunity_close_date', $index${{ schema }}.partner_central_opportunity (close_date)$index$);
select {{ schema }}.ensure_index('ix_partner_central_opportunity_solution', $index${{ schema }}.partner_central_opportunity (partner_solution_id)$index$);
select {{ schema }}.ensure_index('ix_partner_central_opportunity_lifecycle_stage', $index${{ schema }}.partner_central_opportunity (lifecycle_stage)$index$);

select {{ schema }}.ensure_view('partner_central_opportunity__lake', $view$
select
    id,
    tenant_id,
    pc_opportunity_id,
    title,
    pc_stage,
    lifecycle_stage,
    outcome,
    closed_lost_reason,
    pc_review_status,
    engagement_status,
    opportunity_type,
    customer_company_name,
    customer_account_id,
    customer_industry,
    customer_country_code,
    expected_spend_amount::text as expected_spend_amount,
    expected_spend_currency,
    expected_revenue_usd::text as expected_revenue_usd,
    software_revenue_amount::text as software_revenue_amount,
    close_date,
    quarter,
    partner_solution_id,
    marketing_campaign,
    primary_needs::text as primary_needs,
    delivery_models::text as delivery_models,
    last_modified_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.partner_central_opportunity
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_partner_central_opportunity() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["pc_opportunity_id"],
    "physical_key": ["pc_opportunity_id"],
    "layout": null,
    "columns": [
        {"name": "id", "type": "character varying(128)"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "pc_opportunity_id", "type": "character varying(40)"},
        {"name": "title", "type": "character varying(255)"},
        {"name": "pc_stage", "type": "character varying(40)"},
        {"name": "lifecycle_stage", "type": "character varying(40)"},
        {"name": "outcome", "type": "character varying(8)"},
        {"name": "closed_lost_reason", "type": "character varying(80)"},
        {"name": "pc_review_status", "type": "character varying(40)"},
        {"name": "engagement_status", "type": "character varying(40)"},
        {"name": "opportunity_type", "type": "character varying(40)"},
        {"name": "customer_company_name", "type": "character varying(200)"},
        {"name": "customer_account_id", "type": "character varying(12)"},
        {"name": "customer_industry", "type": "character varying(80)"},
        {"name": "customer_country_code", "type": "character varying(2)"},
        {"name": "expected_spend_amount", "type": "numeric(18,2)"},
        {"name": "expected_spend_currency", "type": "character varying(3)"},
        {"name": "expected_revenue_usd", "type": "numeric(18,2)"},
        {"name": "software_revenue_amount", "type": "numeric(18,2)"},
        {"name": "close_date", "type": "date"},
        {"name": "quarter", "type": "character varying(12)"},
        {"name": "partner_solution_id", "type": "character varying(40)"},
        {"name": "marketing_campaign", "type": "character varying(255)"},
        {"name": "primary_needs", "type": "text[]"},
        {"name": "delivery_models", "type": "text[]"},
        {"name": "last_modified_at", "type": "timestamp with time zone"},
        {"name": "payload_json", "type": "jsonb"}
    ]
}
{% endmacro %}
