{# The tables of shipment_lines. Generated from definitions/object_models/logistics/shipment_lines.json: edit that file, not this one. #}
{% macro create_shipment_lines(schema) %}
create table if not exists {{ schema }}.source_shipment_lines (
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
select {{ schema }}.add_source_columns('source_shipment_lines');
select {{ schema }}.lift_raw_seq('source_shipment_lines');
select {{ schema }}.ensure_index('ix_shipment_lines_unclaimed', $index${{ schema }}.source_shipment_lines (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_shipment_lines_claimed', $index${{ schema }}.source_shipment_lines (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_shipment_lines_unarchived', $index${{ schema }}.source_shipment_lines (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_shipment_lines_ingested', $index${{ schema }}.source_shipment_lines (ingested_at)$index$);
select {{ schema }}.ensure_view('source_shipment_lines__lake', $view$
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
from {{ schema }}.source_shipment_lines
$view$);

select {{ schema }}.ensure_shape('shipment_lines', $shape${{ shape_of_shipment_lines() }}$shape$);

create table if not exists {{ schema }}.rejected_shipment_lines (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'shipment_lines', 'auto', 'shipped_at', '1 month', true, $table$
    shipment_id uuid not null,
    line_number smallint not null,
    item_code varchar(24),
    planned_quantity numeric(14,3),
    shipped_quantity numeric(14,3),
    unit_of_measure varchar(3),
    is_in_full boolean,
    shipped_at timestamptz not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (shipment_id, line_number, shipped_at)
$table$);
select {{ schema }}.make_partitions('shipment_lines', '1 month', 3);
select {{ schema }}.ensure_index('ix_shipment_lines_shipped_at', $index${{ schema }}.shipment_lines using brin (shipped_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('shipment_lines__lake', $view$
select
    shipment_id,
    line_number,
    item_code,
    planned_quantity::text as planned_quantity,
    shipped_quantity::text as shipped_quantity,
    unit_of_measure,
    is_in_full,
    shipped_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.shipment_lines
    union all
    select * from {{ schema }}.missing_parts('shipment_lines', null::{{ schema }}.shipment_lines)
) as shipment_lines
$view$);
select {{ schema }}.ensure_view('history_shipment_lines', $view$
select
    shipment_id,
    line_number,
    item_code,
    planned_quantity,
    shipped_quantity,
    unit_of_measure,
    is_in_full,
    shipped_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('shipment_lines', null::{{ schema }}.shipment_lines)
    union all
    select * from {{ schema }}.shipment_lines
) as shipment_lines
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_shipment_lines() %}
{
    "kind": "event",
    "time_column": "shipped_at",
    "key": ["line_number", "shipment_id"],
    "physical_key": ["shipment_id", "line_number", "shipped_at"],
    "layout": null,
    "columns": [
        {"name": "shipment_id", "type": "uuid"},
        {"name": "line_number", "type": "smallint"},
        {"name": "item_code", "type": "character varying(24)"},
        {"name": "planned_quantity", "type": "numeric(14,3)"},
        {"name": "shipped_quantity", "type": "numeric(14,3)"},
        {"name": "unit_of_measure", "type": "character varying(3)"},
        {"name": "is_in_full", "type": "boolean"},
        {"name": "shipped_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
