{# The tables of suppliers. Generated from definitions/object_models/procurement/suppliers.json: edit that file, not this one. #}
{% macro create_suppliers(schema) %}
create table if not exists {{ schema }}.source_suppliers (
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
select {{ schema }}.add_source_columns('source_suppliers');
select {{ schema }}.lift_raw_seq('source_suppliers');
select {{ schema }}.ensure_index('ix_suppliers_unclaimed', $index${{ schema }}.source_suppliers (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_suppliers_claimed', $index${{ schema }}.source_suppliers (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_suppliers_unarchived', $index${{ schema }}.source_suppliers (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_suppliers_ingested', $index${{ schema }}.source_suppliers (ingested_at)$index$);
select {{ schema }}.ensure_view('source_suppliers__lake', $view$
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
from {{ schema }}.source_suppliers
$view$);

select {{ schema }}.ensure_shape('suppliers', $shape${{ shape_of_suppliers() }}$shape$);

create table if not exists {{ schema }}.rejected_suppliers (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.suppliers_versions (
    supplier_id varchar(16),
    supplier_name varchar(160),
    country_code varchar(2),
    tax_number varchar(32),
    status varchar(12),
    risk_class varchar(8),
    payment_terms_days smallint,
    contact_name varchar(120),
    contact_email varchar(254),
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
select {{ schema }}.ensure_index('ix_suppliers_versions_key', $index${{ schema }}.suppliers_versions (supplier_id, valid_from)$index$);

create table if not exists {{ schema }}.suppliers (
    supplier_id varchar(16) not null,
    supplier_name varchar(160),
    country_code varchar(2),
    tax_number varchar(32),
    status varchar(12),
    risk_class varchar(8),
    payment_terms_days smallint,
    contact_name varchar(120),
    contact_email varchar(254),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (supplier_id)
);

select {{ schema }}.ensure_view('suppliers__lake', $view$
select
    supplier_id,
    supplier_name,
    country_code,
    tax_number,
    status,
    risk_class,
    payment_terms_days,
    {{ schema }}.tokenize(contact_email::text) as contact_email,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.suppliers
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_suppliers() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["supplier_id"],
    "physical_key": ["supplier_id"],
    "layout": null,
    "columns": [
        {"name": "supplier_id", "type": "character varying(16)"},
        {"name": "supplier_name", "type": "character varying(160)"},
        {"name": "country_code", "type": "character varying(2)"},
        {"name": "tax_number", "type": "character varying(32)"},
        {"name": "status", "type": "character varying(12)"},
        {"name": "risk_class", "type": "character varying(8)"},
        {"name": "payment_terms_days", "type": "smallint"},
        {"name": "contact_name", "type": "character varying(120)"},
        {"name": "contact_email", "type": "character varying(254)"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
