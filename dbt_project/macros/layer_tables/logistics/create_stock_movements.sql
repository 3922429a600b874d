{# The tables of stock_movements. Generated from definitions/object_models/logistics/stock_movements.json: edit that file, not this one. #}
{% macro create_stock_movements(schema) %}
create table if not exists {{ schema }}.source_stock_movements (
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
select {{ schema }}.add_source_columns('source_stock_movements');
select {{ schema }}.lift_raw_seq('source_stock_movements');
select {{ schema }}.ensure_index('ix_stock_movements_unclaimed', $index${{ schema }}.source_stock_movements (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_stock_movements_claimed', $index${{ schema }}.source_stock_movements (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_stock_movements_unarchived', $index${{ schema }}.source_stock_movements (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_stock_movements_ingested', $index${{ schema }}.source_stock_movements (ingested_at)$index$);
select {{ schema }}.ensure_view('source_stock_movements__lake', $view$
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
from {{ schema }}.source_stock_movements
$view$);

select {{ schema }}.ensure_shape('stock_movements', $shape${{ shape_of_stock_movements() }}$shape$);

create table if not exists {{ schema }}.rejected_stock_movements (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'stock_movements', 'auto', 'moved_at', '1 month', true, $table$
    movement_id bigint not null,
    site_code varchar(16),
    item_code varchar(24),
    movement_type varchar(12),
    quantity numeric(14,3),
    value_change numeric(16,2),
    shipment_id uuid,
    moved_at timestamptz not null,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (movement_id, moved_at)
$table$);
select {{ schema }}.make_partitions('stock_movements', '1 month', 3);
select {{ schema }}.ensure_index('ix_stock_movements_item', $index${{ schema }}.stock_movements (site_code, item_code, moved_at)$index$);
select {{ schema }}.ensure_index('ix_stock_movements_moved_at', $index${{ schema }}.stock_movements using brin (moved_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('stock_movements__lake', $view$
select
    movement_id,
    site_code,
    item_code,
    movement_type,
    quantity::text as quantity,
    value_change::text as value_change,
    shipment_id,
    moved_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.stock_movements
    union all
    select * from {{ schema }}.missing_parts('stock_movements', null::{{ schema }}.stock_movements)
) as stock_movements
$view$);
select {{ schema }}.ensure_view('history_stock_movements', $view$
select
    movement_id,
    site_code,
    item_code,
    movement_type,
    quantity,
    value_change,
    shipment_id,
    moved_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('stock_movements', null::{{ schema }}.stock_movements)
    union all
    select * from {{ schema }}.stock_movements
) as stock_movements
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_stock_movements() %}
{
    "kind": "event",
    "time_column": "moved_at",
    "key": ["movement_id"],
    "physical_key": ["movement_id", "moved_at"],
    "layout": null,
    "columns": [
        {"name": "movement_id", "type": "bigint"},
        {"name": "site_code", "type": "character varying(16)"},
        {"name": "item_code", "type": "character varying(24)"},
        {"name": "movement_type", "type": "character varying(12)"},
        {"name": "quantity", "type": "numeric(14,3)"},
        {"name": "value_change", "type": "numeric(16,2)"},
        {"name": "shipment_id", "type": "uuid"},
        {"name": "moved_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
