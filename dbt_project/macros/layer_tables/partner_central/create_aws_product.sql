{# The tables of aws_product. Generated from definitions/object_models/partner_central/aws_product.json: edit that file, not this one. #}
{% macro create_aws_product(schema) %}
create table if not exists {{ schema }}.source_aws_product (
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
select {{ schema }}.add_source_columns('source_aws_product');
select {{ schema }}.lift_raw_seq('source_aws_product');
select {{ schema }}.ensure_index('ix_aws_product_unclaimed', $index${{ schema }}.source_aws_product (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_aws_product_claimed', $index${{ schema }}.source_aws_product (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_aws_product_unarchived', $index${{ schema }}.source_aws_product (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_aws_product_ingested', $index${{ schema }}.source_aws_product (ingested_at)$index$);
select {{ schema }}.ensure_view('source_aws_product__lake', $view$
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
from {{ schema }}.source_aws_product
$view$);

select {{ schema }}.ensure_shape('aws_product', $shape${{ shape_of_aws_product() }}$shape$);

create table if not exists {{ schema }}.rejected_aws_product (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.aws_product (
    product_code varchar(80) not null,
    product_name varchar(200),
    product_family varchar(80),
    product_description text,
    is_retired boolean,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (product_code)
);

select {{ schema }}.ensure_view('aws_product__lake', $view$
select
    product_code,
    product_name,
    product_family,
    product_description,
    is_retired,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.aws_product
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_aws_product() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["product_code"],
    "physical_key": ["product_code"],
    "layout": null,
    "columns": [
        {"name": "product_code", "type": "character varying(80)"},
        {"name": "product_name", "type": "character varying(200)"},
        {"name": "product_family", "type": "character varying(80)"},
        {"name": "product_description", "type": "text"},
        {"name": "is_retired", "type": "boolean"}
    ]
}
{% endmacro %}
