{# The tables of marketplace_dimension. Generated from definitions/object_models/marketplace/marketplace_dimension.json: edit that file, not this one. #}
{% macro create_marketplace_dimension(schema) %}
create table if not exists {{ schema }}.source_marketplace_dimension (
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
select {{ schema }}.add_source_columns('source_marketplace_dimension');
select {{ schema }}.lift_raw_seq('source_marketplace_dimension');
select {{ schema }}.ensure_index('ix_marketplace_dimension_unclaimed', $index${{ schema }}.source_marketplace_dimension (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_dimension_claimed', $index${{ schema }}.source_marketplace_dimension (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketplace_dimension_unarchived', $index${{ schema }}.source_marketplace_dimension (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_dimension_ingested', $index${{ schema }}.source_marketplace_dimension (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketplace_dimension__lake', $view$
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
from {{ schema }}.source_marketplace_dimension
$view$);

select {{ schema }}.ensure_shape('marketplace_dimension', $shape${{ shape_of_marketplace_dimension() }}$shape$);

create table if not exists {{ schema }}.rejected_marketplace_dimension (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketplace_dimension_versions (
    tenant_id uuid,
    dimension_id varchar(128),
    product_id varchar(64),
    dimension_key varchar(60),
    display_name varchar(255),
    unit varchar(40),
    is_metered boolean,
    dimension_type varchar(40),
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
select {{ schema }}.ensure_index('ix_marketplace_dimension_versions_key', $index${{ schema }}.marketplace_dimension_versions (dimension_id, valid_from)$index$);

create table if not exists {{ schema }}.marketplace_dimension (
    tenant_id uuid,
    dimension_id varchar(128) not null,
    product_id varchar(64),
    dimension_key varchar(60),
    display_name varchar(255),
    unit varchar(40),
    is_metered boolean,
    dimension_type varchar(40),
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (dimension_id)
);
select {{ schema }}.ensure_index('ix_marketplace_dimension_product', $index${{ schema }}.marketplace_dimension (product_id)$index$);

select {{ schema }}.ensure_view('marketplace_dimension__lake', $view$
select
    tenant_id,
    dimension_id,
    product_id,
    dimension_key,
    display_name,
    unit,
    is_metered,
    dimension_type,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketplace_dimension
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketplace_dimension() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["dimension_id"],
    "physical_key": ["dimension_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "dimension_id", "type": "character varying(128)"},
        {"name": "product_id", "type": "character varying(64)"},
        {"name": "dimension_key", "type": "character varying(60)"},
        {"name": "display_name", "type": "character varying(255)"},
        {"name": "unit", "type": "character varying(40)"},
        {"name": "is_metered", "type": "boolean"},
        {"name": "dimension_type", "type": "character varying(40)"}
    ]
}
{% endmacro %}
