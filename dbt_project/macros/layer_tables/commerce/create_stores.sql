{# The tables of stores. Generated from definitions/object_models/commerce/stores.json: edit that file, not this one. #}
{% macro create_stores(schema) %}
create table if not exists {{ schema }}.source_stores (
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
select {{ schema }}.add_source_columns('source_stores');
select {{ schema }}.lift_raw_seq('source_stores');
select {{ schema }}.ensure_index('ix_stores_unclaimed', $index${{ schema }}.source_stores (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_stores_claimed', $index${{ schema }}.source_stores (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_stores_unarchived', $index${{ schema }}.source_stores (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_stores_ingested', $index${{ schema }}.source_stores (ingested_at)$index$);
select {{ schema }}.ensure_view('source_stores__lake', $view$
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
from {{ schema }}.source_stores
$view$);

select {{ schema }}.ensure_shape('stores', $shape${{ shape_of_stores() }}$shape$);

create table if not exists {{ schema }}.rejected_stores (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.stores (
    store_id uuid not null,
    store_name varchar(80),
    opened_at timestamptz,
    tax_rate numeric(6,5),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (store_id)
);

select {{ schema }}.ensure_view('stores__lake', $view$
select
    store_id,
    store_name,
    opened_at,
    tax_rate::text as tax_rate,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.stores
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_stores() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["store_id"],
    "physical_key": ["store_id"],
    "layout": null,
    "columns": [
        {"name": "store_id", "type": "uuid"},
        {"name": "store_name", "type": "character varying(80)"},
        {"name": "opened_at", "type": "timestamp with time zone"},
        {"name": "tax_rate", "type": "numeric(6,5)"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
