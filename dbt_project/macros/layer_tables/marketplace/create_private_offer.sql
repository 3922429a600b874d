{# The tables of private_offer. Generated from definitions/object_models/marketplace/private_offer.json: edit that file, not this one. #}
{% macro create_private_offer(schema) %}
create table if not exists {{ schema }}.source_private_offer (
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
select {{ schema }}.add_source_columns('source_private_offer');
select {{ schema }}.lift_raw_seq('source_private_offer');
select {{ schema }}.ensure_index('ix_private_offer_unclaimed', $index${{ schema }}.source_private_offer (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_private_offer_claimed', $index${{ schema }}.source_private_offer (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_private_offer_unarchived', $index${{ schema }}.source_private_offer (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_private_offer_ingested', $index${{ schema }}.source_private_offer (ingested_at)$index$);
select {{ schema }}.ensure_view('source_private_offer__lake', $view$
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
from {{ schema }}.source_private_offer
$view$);

select {{ schema }}.ensure_shape('private_offer', $shape${{ shape_of_private_offer() }}$shape$);

create table if not exists {{ schema }}.rejected_private_offer (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.private_offer_versions (
    tenant_id uuid,
    offer_id varchar(64),
    buyer_account_id varchar(12),
    pc_opportunity_id varchar(40),
    status varchar(16),
    total_value_usd numeric(18,2),
    discount_percent numeric(5,2),
    duration_months integer,
    sent_at timestamptz,
    expires_on date,
    accepted_at timestamptz,
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
select {{ schema }}.ensure_index('ix_private_offer_versions_key', $index${{ schema }}.private_offer_versions (offer_id, buyer_account_id, valid_from)$index$);

create table if not exists {{ schema }}.private_offer (
    tenant_id uuid,
    offer_id varchar(64) not null,
    buyer_account_id varchar(12) not null,
    pc_opportunity_id varchar(40),
    status varchar(16),
    total_value_usd numeric(18,2),
    discount_percent numeric(5,2),
    duration_months integer,
    sent_at timestamptz,
    expires_on date,
    accepted_at timestamptz,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (offer_id, buyer_account_id)
);
select {{ schema }}.ensure_index('ix_private_offer_opportunity', $index${{ schema }}.private_offer (pc_opportunity_id)$index$);

select {{ schema }}.ensure_view('private_offer__lake', $view$
select
    tenant_id,
    offer_id,
    buyer_account_id,
    pc_opportunity_id,
    status,
    total_value_usd::text as total_value_usd,
    discount_percent::text as discount_percent,
    duration_months,
    sent_at,
    expires_on,
    accepted_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.private_offer
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_private_offer() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["buyer_account_id", "offer_id"],
    "physical_key": ["offer_id", "buyer_account_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "offer_id", "type": "character varying(64)"},
        {"name": "buyer_account_id", "type": "character varying(12)"},
        {"name": "pc_opportunity_id", "type": "character varying(40)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "total_value_usd", "type": "numeric(18,2)"},
        {"name": "discount_percent", "type": "numeric(5,2)"},
        {"name": "duration_months", "type": "integer"},
        {"name": "sent_at", "type": "timestamp with time zone"},
        {"name": "expires_on", "type": "date"},
        {"name": "accepted_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
