{# The tables of entitlement. Generated from definitions/object_models/marketplace/entitlement.json: edit that file, not this one. #}
{% macro create_entitlement(schema) %}
create table if not exists {{ schema }}.source_entitlement (
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
select {{ schema }}.add_source_columns('source_entitlement');
select {{ schema }}.lift_raw_seq('source_entitlement');
select {{ schema }}.ensure_index('ix_entitlement_unclaimed', $index${{ schema }}.source_entitlement (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_entitlement_claimed', $index${{ schema }}.source_entitlement (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_entitlement_unarchived', $index${{ schema }}.source_entitlement (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_entitlement_ingested', $index${{ schema }}.source_entitlement (ingested_at)$index$);
select {{ schema }}.ensure_view('source_entitlement__lake', $view$
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
from {{ schema }}.source_entitlement
$view$);

select {{ schema }}.ensure_shape('entitlement', $shape${{ shape_of_entitlement() }}$shape$);

create table if not exists {{ schema }}.rejected_entitlement (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.entitlement_versions (
    tenant_id uuid,
    product_code varchar(64),
    customer_identifier varchar(64),
    dimension varchar(60),
    granted_quantity bigint,
    expires_at timestamptz,
    as_of timestamptz,
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
select {{ schema }}.ensure_index('ix_entitlement_versions_key', $index${{ schema }}.entitlement_versions (product_code, customer_identifier, dimension, valid_from)$index$);

create table if not exists {{ schema }}.entitlement (
    tenant_id uuid,
    product_code varchar(64) not null,
    customer_identifier varchar(64) not null,
    dimension varchar(60) not null,
    granted_quantity bigint,
    expires_at timestamptz,
    as_of timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (product_code, customer_identifier, dimension)
);

select {{ schema }}.ensure_view('entitlement__lake', $view$
select
    tenant_id,
    product_code,
    customer_identifier,
    dimension,
    granted_quantity,
    expires_at,
    as_of,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.entitlement
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_entitlement() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["customer_identifier", "dimension", "product_code"],
    "physical_key": ["product_code", "customer_identifier", "dimension"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "product_code", "type": "character varying(64)"},
        {"name": "customer_identifier", "type": "character varying(64)"},
        {"name": "dimension", "type": "character varying(60)"},
        {"name": "granted_quantity", "type": "bigint"},
        {"name": "expires_at", "type": "timestamp with time zone"},
        {"name": "as_of", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
