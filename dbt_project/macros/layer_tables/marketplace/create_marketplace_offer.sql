{# The tables of marketplace_offer. Generated from definitions/object_models/marketplace/marketplace_offer.json: edit that file, not this one. #}
{% macro create_marketplace_offer(schema) %}
create table if not exists {{ schema }}.source_marketplace_offer (
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
select {{ schema }}.add_source_columns('source_marketplace_offer');
select {{ schema }}.lift_raw_seq('source_marketplace_offer');
select {{ schema }}.ensure_index('ix_marketplace_offer_unclaimed', $index${{ schema }}.source_marketplace_offer (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_offer_claimed', $index${{ schema }}.source_marketplace_offer (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketplace_offer_unarchived', $index${{ schema }}.source_marketplace_offer (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_offer_ingested', $index${{ schema }}.source_marketplace_offer (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketplace_offer__lake', $view$
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
from {{ schema }}.source_marketplace_offer
$view$);

select {{ schema }}.ensure_shape('marketplace_offer', $shape${{ shape_of_marketplace_offer() }}$shape$);

create table if not exists {{ schema }}.rejected_marketplace_offer (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketplace_offer_versions (
    tenant_id uuid,
    offer_id varchar(64),
    product_id varchar(64),
    offer_name varchar(255),
    state varchar(16),
    is_private boolean,
    targeting varchar(32),
    pricing_model varchar(40),
    currency varchar(3),
    available_until date,
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
select {{ schema }}.ensure_index('ix_marketplace_offer_versions_key', $index${{ schema }}.marketplace_offer_versions (offer_id, valid_from)$index$);

create table if not exists {{ schema }}.marketplace_offer (
    tenant_id uuid,
    offer_id varchar(64) not null,
    product_id varchar(64),
    offer_name varchar(255),
    state varchar(16),
    is_private boolean,
    targeting varchar(32),
    pricing_model varchar(40),
    currency varchar(3),
    available_until date,
    last_modified_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (offer_id)
);
select {{ schema }}.ensure_index('ix_marketplace_offer_product', $index${{ schema }}.marketplace_offer (product_id)$index$);

select {{ schema }}.ensure_view('marketplace_offer__lake', $view$
select
    tenant_id,
    offer_id,
    product_id,
    offer_name,
    state,
    is_private,
    targeting,
    pricing_model,
    currency,
    available_until,
    last_modified_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketplace_offer
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketplace_offer() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["offer_id"],
    "physical_key": ["offer_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "offer_id", "type": "character varying(64)"},
        {"name": "product_id", "type": "character varying(64)"},
        {"name": "offer_name", "type": "character varying(255)"},
        {"name": "state", "type": "character varying(16)"},
        {"name": "is_private", "type": "boolean"},
        {"name": "targeting", "type": "character varying(32)"},
        {"name": "pricing_model", "type": "character varying(40)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "available_until", "type": "date"},
        {"name": "last_modified_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
