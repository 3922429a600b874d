{# The tables of purchase_items. Generated from definitions/object_models/procurement/purchase_items.json: edit that file, not this one. #}
{% macro create_purchase_items(schema) %}
create table if not exists {{ schema }}.source_purchase_items (
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
select {{ schema }}.add_source_columns('source_purchase_items');
select {{ schema }}.lift_raw_seq('source_purchase_items');
select {{ schema }}.ensure_index('ix_purchase_items_unclaimed', $index${{ schema }}.source_purchase_items (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_purchase_items_claimed', $index${{ schema }}.source_purchase_items (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_purchase_items_unarchived', $index${{ schema }}.source_purchase_items (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_purchase_items_ingested', $index${{ schema }}.source_purchase_items (ingested_at)$index$);
select {{ schema }}.ensure_view('source_purchase_items__lake', $view$
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
from {{ schema }}.source_purchase_items
$view$);

select {{ schema }}.ensure_shape('purchase_items', $shape${{ shape_of_purchase_items() }}$shape$);

create table if not exists {{ schema }}.rejected_purchase_items (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.purchase_items (
    item_code varchar(24) not null,
    item_name varchar(120),
    commodity_code varchar(8),
    unit_of_measure varchar(3),
    standard_cost numeric(14,4),
    currency varchar(3),
    lead_time_days smallint,
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
    primary key (item_code)
);

select {{ schema }}.ensure_view('purchase_items__lake', $view$
select
    item_code,
    item_name,
    commodity_code,
    unit_of_measure,
    standard_cost::text as standard_cost,
    currency,
    lead_time_days,
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
from {{ schema }}.purchase_items
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_purchase_items() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["item_code"],
    "physical_key": ["item_code"],
    "layout": null,
    "columns": [
        {"name": "item_code", "type": "character varying(24)"},
        {"name": "item_name", "type": "character varying(120)"},
        {"name": "commodity_code", "type": "character varying(8)"},
        {"name": "unit_of_measure", "type": "character varying(3)"},
        {"name": "standard_cost", "type": "numeric(14,4)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "lead_time_days", "type": "smallint"},
        {"name": "is_perishable", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
