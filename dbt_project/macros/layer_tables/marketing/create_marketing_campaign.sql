{# The tables of marketing_campaign. Generated from definitions/object_models/marketing/marketing_campaign.json: edit that file, not this one. #}
{% macro create_marketing_campaign(schema) %}
create table if not exists {{ schema }}.source_marketing_campaign (
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
select {{ schema }}.add_source_columns('source_marketing_campaign');
select {{ schema }}.lift_raw_seq('source_marketing_campaign');
select {{ schema }}.ensure_index('ix_marketing_campaign_unclaimed', $index${{ schema }}.source_marketing_campaign (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketing_campaign_claimed', $index${{ schema }}.source_marketing_campaign (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketing_campaign_unarchived', $index${{ schema }}.source_marketing_campaign (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketing_campaign_ingested', $index${{ schema }}.source_marketing_campaign (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketing_campaign__lake', $view$
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
from {{ schema }}.source_marketing_campaign
$view$);

select {{ schema }}.ensure_shape('marketing_campaign', $shape${{ shape_of_marketing_campaign() }}$shape$);

create table if not exists {{ schema }}.rejected_marketing_campaign (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketing_campaign_versions (
    campaign_id varchar(64),
    tenant_id uuid,
    campaign_name varchar(200),
    objective varchar(24),
    main_channel varchar(32),
    status varchar(16),
    start_date date,
    end_date date,
    budget_usd numeric(14,2),
    uses_vendor_funds boolean,
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
select {{ schema }}.ensure_index('ix_marketing_campaign_versions_key', $index${{ schema }}.marketing_campaign_versions (campaign_id, valid_from)$index$);

create table if not exists {{ schema }}.marketing_campaign (
    campaign_id varchar(64) not null,
    tenant_id uuid,
    campaign_name varchar(200),
    objective varchar(24),
    main_channel varchar(32),
    status varchar(16),
    start_date date,
    end_date date,
    budget_usd numeric(14,2),
    uses_vendor_funds boolean,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (campaign_id)
);
select {{ schema }}.ensure_index('ix_marketing_campaign_tenant', $index${{ schema }}.marketing_campaign (tenant_id, status)$index$);

select {{ schema }}.ensure_view('marketing_campaign__lake', $view$
select
    campaign_id,
    tenant_id,
    campaign_name,
    objective,
    main_channel,
    status,
    start_date,
    end_date,
    budget_usd::text as budget_usd,
    uses_vendor_funds,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketing_campaign
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketing_campaign() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["campaign_id"],
    "physical_key": ["campaign_id"],
    "layout": null,
    "columns": [
        {"name": "campaign_id", "type": "character varying(64)"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "campaign_name", "type": "character varying(200)"},
        {"name": "objective", "type": "character varying(24)"},
        {"name": "main_channel", "type": "character varying(32)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "start_date", "type": "date"},
        {"name": "end_date", "type": "date"},
        {"name": "budget_usd", "type": "numeric(14,2)"},
        {"name": "uses_vendor_funds", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
