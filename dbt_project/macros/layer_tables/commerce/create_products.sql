{# The tables of products. Generated from definitions/object_models/commerce/products.json: edit that file, not this one. #}
{% macro create_products(schema) %}
create table if not exists {{ schema }}.source_products (
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
select {{ schema }}.add_source_columns('source_products');
select {{ schema }}.lift_raw_seq('source_products');
select {{ schema }}.ensure_index('ix_products_unclaimed', $index${{ schema }}.source_products (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_products_claimed', $index${{ schema }}.source_products (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_products_unarchived', $index${{ schema }}.source_products (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_products_ingested', $index${{ schema }}.source_products (ingested_at)$index$);
select {{ schema }}.ensure_view('source_products__lake', $view$
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
from {{ schema }}.source_products
$view$);

select {{ schema }}.ensure_shape('products', $shape${{ shape_of_products() }}$shape$);

create table if not exists {{ schema }}.rejected_products (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.products_versions (
    sku varchar(16),
    product_name varchar(120),
    product_type varchar(20),
    price integer,
    description text,
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
select {{ schema }}.ensure_index('ix_products_versions_key', $index${{ schema }}.products_versions (sku, valid_from)$index$);

create table if not exists {{ schema }}.products (
    sku varchar(16) not null,
    product_name varchar(120),
    product_type varchar(20),
    price integer,
    description text,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (sku)
);

select {{ schema }}.ensure_view('products__lake', $view$
select
    sku,
    product_name,
    product_type,
    price,
    description,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.products
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_products() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["sku"],
    "physical_key": ["sku"],
    "layout": null,
    "columns": [
        {"name": "sku", "type": "character varying(16)"},
        {"name": "product_name", "type": "character varying(120)"},
        {"name": "product_type", "type": "character varying(20)"},
        {"name": "price", "type": "integer"},
        {"name": "description", "type": "text"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
