{# The tables of supplies. Generated from definitions/object_models/commerce/supplies.json: edit that file, not this one. #}
{% macro create_supplies(schema) %}
create table if not exists {{ schema }}.source_supplies (
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
select {{ schema }}.add_source_columns('source_supplies');
select {{ schema }}.lift_raw_seq('source_supplies');
select {{ schema }}.ensure_index('ix_supplies_unclaimed', $index${{ schema }}.source_supplies (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_supplies_claimed', $index${{ schema }}.source_supplies (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_supplies_unarchived', $index${{ schema }}.source_supplies (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_supplies_ingested', $index${{ schema }}.source_supplies (ingested_at)$index$);
select {{ schema }}.ensure_view('source_supplies__lake', $view$
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
from {{ schema }}.source_supplies
$view$);

select {{ schema }}.ensure_shape('supplies', $shape${{ shape_of_supplies() }}$shape$);

create table if not exists {{ schema }}.rejected_supplies (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.supplies (
    supply_id varchar(16) not null,
    sku varchar(16) not null,
    supply_name varchar(120),
    cost integer,
    is_perishable boolean,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (supply_id, sku)
);
select {{ schema }}.ensure_index('ix_supplies_sku', $index${{ schema }}.supplies (sku)$index$);

select {{ schema }}.ensure_view('supplies__lake', $view$
select
    supply_id,
    sku,
    supply_name,
    cost,
    is_perishable,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.supplies
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_supplies() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["sku", "supply_id"],
    "physical_key": ["supply_id", "sku"],
    "layout": null,
    "columns": [
        {"name": "supply_id", "type": "character varying(16)"},
        {"name": "sku", "type": "character varying(16)"},
        {"name": "supply_name", "type": "character varying(120)"},
        {"name": "cost", "type": "integer"},
        {"name": "is_perishable", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
