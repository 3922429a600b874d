{# The tables of ace_opportunity. Generated from definitions/object_models/partner_central/ace_opportunity.json: edit that file, not this one. #}
{% macro create_ace_opportunity(schema) %}
create table if not exists {{ schema }}.source_ace_opportunity (
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
select {{ schema }}.add_source_columns('source_ace_opportunity');
select {{ schema }}.lift_raw_seq('source_ace_opportunity');
select {{ schema }}.ensure_index('ix_ace_opportunity_unclaimed', $index${{ schema }}.source_ace_opportunity (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_ace_opportunity_claimed', $index${{ schema }}.source_ace_opportunity (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_ace_opportunity_unarchived', $index${{ schema }}.source_ace_opportunity (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_ace_opportunity_ingested', $index${{ schema }}.source_ace_opportunity (ingested_at)$index$);
select {{ schema }}.ensure_view('source_ace_opportunity__lake', $view$
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
from {{ schema }}.source_ace_opportunity
$view$);

select {{ schema }}.ensure_shape('ace_opportunity', $shape${{ shape_of_ace_opportunity() }}$shape$);

create table if not exists {{ schema }}.rejected_ace_opportunity (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.ace_opportunity_versions (
    tenant_id uuid,
    partner_crm_id varchar(64),
    pc_opportunity_id varchar(40),
    title varchar(255),
    stage varchar(40),
    review_status varchar(40),
    company_name varchar(200),
    customer_email varchar(254),
    close_date date,
    expected_monthly_revenue numeric(18,2),
    customer_software_value numeric(18,2),
    products text[],
    solutions text[],
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
select {{ schema }}.ensure_index('ix_ace_opportunity_versions_key', $index${{ schema }}.ace_opportunity_versions (partner_crm_id, valid_from)$index$);

create table if not exists {{ schema }}.ace_opportunity (
    tenant_id uuid,
    partner_crm_id varchar(64) not null,
    pc_opportunity_id varchar(40),
    title varchar(255),
    stage varchar(40),
    review_status varchar(40),
    company_name varchar(200),
    customer_email varchar(254),
    close_date date,
    expected_monthly_revenue numeric(18,2),
    customer_software_value numeric(18,2),
    products text[],
    solutions text[],
    last_modified_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (partner_crm_id)
);
select {{ schema }}.ensure_index('ix_ace_opportunity_pc_opportunity_id', $index${{ schema }}.ace_opportunity (pc_opportunity_id)$index$);

select {{ schema }}.ensure_view('ace_opportunity__lake', $view$
select
    tenant_id,
    partner_crm_id,
    pc_opportunity_id,
    title,
    stage,
    review_status,
    company_name,
    {{ schema }}.tokenize(customer_email::text) as customer_email,
    close_date,
    expected_monthly_revenue::text as expected_monthly_revenue,
    customer_software_value::text as customer_software_value,
    products::text as products,
    solutions::text as solutions,
    last_modified_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.ace_opportunity
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_ace_opportunity() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["partner_crm_id"],
    "physical_key": ["partner_crm_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "partner_crm_id", "type": "character varying(64)"},
        {"name": "pc_opportunity_id", "type": "character varying(40)"},
        {"name": "title", "type": "character varying(255)"},
        {"name": "stage", "type": "character varying(40)"},
        {"name": "review_status", "type": "character varying(40)"},
        {"name": "company_name", "type": "character varying(200)"},
        {"name": "customer_email", "type": "character varying(254)"},
        {"name": "close_date", "type": "date"},
        {"name": "expected_monthly_revenue", "type": "numeric(18,2)"},
        {"name": "customer_software_value", "type": "numeric(18,2)"},
        {"name": "products", "type": "text[]"},
        {"name": "solutions", "type": "text[]"},
        {"name": "last_modified_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
