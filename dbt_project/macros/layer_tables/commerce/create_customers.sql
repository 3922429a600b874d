{# The tables of customers. Generated from definitions/object_models/commerce/customers.json: edit that file, not this one. #}
{% macro create_customers(schema) %}
create table if not exists {{ schema }}.source_customers (
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
select {{ schema }}.add_source_columns('source_customers');
select {{ schema }}.lift_raw_seq('source_customers');
select {{ schema }}.ensure_index('ix_customers_unclaimed', $index${{ schema }}.source_customers (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_customers_claimed', $index${{ schema }}.source_customers (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_customers_unarchived', $index${{ schema }}.source_customers (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_customers_ingested', $index${{ schema }}.source_customers (ingested_at)$index$);
select {{ schema }}.ensure_view('source_customers__lake', $view$
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
from {{ schema }}.source_customers
$view$);

select {{ schema }}.ensure_shape('customers', $shape${{ shape_of_customers() }}$shape$);

create table if not exists {{ schema }}.rejected_customers (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.customers_versions (
    customer_id uuid,
    customer_name varchar(120),
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
select {{ schema }}.ensure_index('ix_customers_versions_key', $index${{ schema }}.customers_versions (customer_id, valid_from)$index$);

create table if not exists {{ schema }}.customers (
    customer_id uuid not null,
    customer_name varchar(120),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (customer_id)
);

select {{ schema }}.ensure_view('customers__lake', $view$
select
    customer_id,
    customer_name,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.customers
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_customers() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["customer_id"],
    "physical_key": ["customer_id"],
    "layout": null,
    "columns": [
        {"name": "customer_id", "type": "uuid"},
        {"name": "customer_name", "type": "character varying(120)"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
