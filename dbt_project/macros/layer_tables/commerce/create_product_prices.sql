{# The tables of product_prices. Generated from definitions/object_models/commerce/product_prices.json: edit that file, not this one. #}
{% macro create_product_prices(schema) %}
create table if not exists {{ schema }}.source_product_prices (
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
select {{ schema }}.add_source_columns('source_product_prices');
select {{ schema }}.lift_raw_seq('source_product_prices');
select {{ schema }}.ensure_index('ix_product_prices_unclaimed', $index${{ schema }}.source_product_prices (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_product_prices_claimed', $index${{ schema }}.source_product_prices (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_product_prices_unarchived', $index${{ schema }}.source_product_prices (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_product_prices_ingested', $index${{ schema }}.source_product_prices (ingested_at)$index$);
select {{ schema }}.ensure_view('source_product_prices__lake', $view$
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
from {{ schema }}.source_product_prices
$view$);

select {{ schema }}.ensure_shape('product_prices', $shape${{ shape_of_product_prices() }}$shape$);

create table if not exists {{ schema }}.rejected_product_prices (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.product_prices_versions (
    price_list_code varchar(24),
    sku varchar(16),
    valid_from_date date,
    valid_to_date date,
    amount numeric(12,2),
    previous_amount numeric(12,2),
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
select {{ schema }}.ensure_index('ix_product_prices_versions_key', $index${{ schema }}.product_prices_versions (price_list_code, sku, valid_from_date, valid_from)$index$);

create table if not exists {{ schema }}.product_prices (
    price_list_code varchar(24) not null,
    sku varchar(16) not null,
    valid_from_date date not null,
    valid_to_date date,
    amount numeric(12,2),
    previous_amount numeric(12,2),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (price_list_code, sku, valid_from_date)
);
select {{ schema }}.ensure_index('ix_product_prices_sku', $index${{ schema }}.product_prices (sku, valid_from_date)$index$);

select {{ schema }}.ensure_view('product_prices__lake', $view$
select
    price_list_code,
    sku,
    valid_from_date,
    valid_to_date,
    amount::text as amount,
    previous_amount::text as previous_amount,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.product_prices
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_product_prices() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["price_list_code", "sku", "valid_from_date"],
    "physical_key": ["price_list_code", "sku", "valid_from_date"],
    "layout": null,
    "columns": [
        {"name": "price_list_code", "type": "character varying(24)"},
        {"name": "sku", "type": "character varying(16)"},
        {"name": "valid_from_date", "type": "date"},
        {"name": "valid_to_date", "type": "date"},
        {"name": "amount", "type": "numeric(12,2)"},
        {"name": "previous_amount", "type": "numeric(12,2)"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
