{# The tables of stock_snapshots. Generated from definitions/object_models/logistics/stock_snapshots.json: edit that file, not this one. #}
{% macro create_stock_snapshots(schema) %}
create table if not exists {{ schema }}.source_stock_snapshots (
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
select {{ schema }}.add_source_columns('source_stock_snapshots');
select {{ schema }}.lift_raw_seq('source_stock_snapshots');
select {{ schema }}.ensure_index('ix_stock_snapshots_unclaimed', $index${{ schema }}.source_stock_snapshots (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_stock_snapshots_claimed', $index${{ schema }}.source_stock_snapshots (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_stock_snapshots_unarchived', $index${{ schema }}.source_stock_snapshots (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_stock_snapshots_ingested', $index${{ schema }}.source_stock_snapshots (ingested_at)$index$);
select {{ schema }}.ensure_view('source_stock_snapshots__lake', $view$
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
from {{ schema }}.source_stock_snapshots
$view$);

select {{ schema }}.ensure_shape('stock_snapshots', $shape${{ shape_of_stock_snapshots() }}$shape$);

create table if not exists {{ schema }}.rejected_stock_snapshots (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'stock_snapshots', 'auto', 'counted_on', '1 month', true, $table$
    site_code varchar(16) not null,
    item_code varchar(24) not null,
    counted_on date not null,
    on_hand_quantity numeric(14,3),
    reserved_quantity numeric(14,3),
    average_daily_use numeric(14,3),
    days_of_stock numeric(9,2),
    stock_value numeric(16,2),
    currency varchar(3),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (site_code, item_code, counted_on)
$table$);
select {{ schema }}.make_partitions('stock_snapshots', '1 month', 3);
select {{ schema }}.ensure_index('ix_stock_snapshots_counted_on', $index${{ schema }}.stock_snapshots using brin (counted_on) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('stock_snapshots__lake', $view$
select
    site_code,
    item_code,
    counted_on,
    on_hand_quantity::text as on_hand_quantity,
    reserved_quantity::text as reserved_quantity,
    average_daily_use::text as average_daily_use,
    days_of_stock::text as days_of_stock,
    stock_value::text as stock_value,
    currency,
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
    select * from {{ schema }}.stock_snapshots
    union all
    select * from {{ schema }}.missing_parts('stock_snapshots', null::{{ schema }}.stock_snapshots)
) as stock_snapshots
$view$);
select {{ schema }}.ensure_view('history_stock_snapshots', $view$
select
    site_code,
    item_code,
    counted_on,
    on_hand_quantity,
    reserved_quantity,
    average_daily_use,
    days_of_stock,
    stock_value,
    currency,
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
    select * from {{ schema }}.missing_rows('stock_snapshots', null::{{ schema }}.stock_snapshots)
    union all
    select * from {{ schema }}.stock_snapshots
) as stock_snapshots
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_stock_snapshots() %}
{
    "kind": "event",
    "time_column": "counted_on",
    "key": ["counted_on", "item_code", "site_code"],
    "physical_key": ["site_code", "item_code", "counted_on"],
    "layout": null,
    "columns": [
        {"name": "site_code", "type": "character varying(16)"},
        {"name": "item_code", "type": "character varying(24)"},
        {"name": "counted_on", "type": "date"},
        {"name": "on_hand_quantity", "type": "numeric(14,3)"},
        {"name": "reserved_quantity", "type": "numeric(14,3)"},
        {"name": "average_daily_use", "type": "numeric(14,3)"},
        {"name": "days_of_stock", "type": "numeric(9,2)"},
        {"name": "stock_value", "type": "numeric(16,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
