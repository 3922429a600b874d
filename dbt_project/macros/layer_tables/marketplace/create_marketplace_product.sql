{# The tables of marketplace_product. Generated from definitions/object_models/marketplace/marketplace_product.json: edit that file, not this one. #}
{% macro create_marketplace_product(schema) %}
create table if not exists {{ schema }}.source_marketplace_product (
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
select {{ schema }}.add_source_columns('source_marketplace_product');
select {{ schema }}.lift_raw_seq('source_marketplace_product');
select {{ schema }}.ensure_index('ix_marketplace_product_unclaimed', $index${{ schema }}.source_marketplace_product (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_product_claimed', $index${{ schema }}.source_marketplace_product (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketplace_product_unarchived', $index${{ schema }}.source_marketplace_product (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_product_ingested', $index${{ schema }}.source_marketplace_product (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketplace_product__lake', $view$
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
from {{ schema }}.source_marketplace_product
$view$);

select {{ schema }}.ensure_shape('marketplace_product', $shape${{ shape_of_marketplace_product() }}$shape$);

create table if not exists {{ schema }}.rejected_marketplace_product (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketplace_product_versions (
    id varchar(128),
    tenant_id uuid,
    entity_id varchar(64),
    product_code varchar(64),
    title varchar(255),
    entity_type varchar(40),
    state varchar(16),
    pricing_model varchar(32),
    categories text[],
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
select {{ schema }}.ensure_index('ix_marketplace_product_versions_key', $index${{ schema }}.marketplace_product_versions (entity_id, valid_from)$index$);

create table if not exists {{ schema }}.marketplace_product (
    id varchar(128),
    tenant_id uuid,
    entity_id varchar(64) not null,
    product_code varchar(64),
    title varchar(255),
    entity_type varchar(40),
    state varchar(16),
    pricing_model varchar(32),
    categories text[],
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
    primary key (entity_id)
);

select {{ schema }}.ensure_view('marketplace_product__lake', $view$
select
    id,
    tenant_id,
    entity_id,
    product_code,
    title,
    entity_type,
    state,
    pricing_model,
    categories::text as categories,
    last_modified_at,
    payload_json::text as payload_json,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketplace_product
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketplace_product() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["entity_id"],
    "physical_key": ["entity_id"],
    "layout": null,
    "columns": [
        {"name": "id", "type": "character varying(128)"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "entity_id", "type": "character varying(64)"},
        {"name": "product_code", "type": "character varying(64)"},
        {"name": "title", "type": "character varying(255)"},
        {"name": "entity_type", "type": "character varying(40)"},
        {"name": "state", "type": "character varying(16)"},
        {"name": "pricing_model", "type": "character varying(32)"},
        {"name": "categories", "type": "text[]"},
        {"name": "last_modified_at", "type": "timestamp with time zone"},
        {"name": "payload_json", "type": "jsonb"}
    ]
}
{% endmacro %}
