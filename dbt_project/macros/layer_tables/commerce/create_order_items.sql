{# The tables of order_items. Generated from definitions/object_models/commerce/order_items.json: edit that file, not this one. #}
{% macro create_order_items(schema) %}
create table if not exists {{ schema }}.source_order_items (
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
select {{ schema }}.add_source_columns('source_order_items');
select {{ schema }}.lift_raw_seq('source_order_items');
select {{ schema }}.ensure_index('ix_order_items_unclaimed', $index${{ schema }}.source_order_items (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_order_items_claimed', $index${{ schema }}.source_order_items (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_order_items_unarchived', $index${{ schema }}.source_order_items (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_order_items_ingested', $index${{ schema }}.source_order_items (ingested_at)$index$);
select {{ schema }}.ensure_view('source_order_items__lake', $view$
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
from {{ schema }}.source_order_items
$view$);

select {{ schema }}.ensure_shape('order_items', $shape${{ shape_of_order_items() }}$shape$);

create table if not exists {{ schema }}.rejected_order_items (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'order_items', 'auto', 'ordered_at', '1 month', true, $table$
    item_id uuid not null,
    order_id uuid,
    sku varchar(16),
    ordered_at timestamptz not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (item_id, ordered_at)
$table$);
select {{ schema }}.make_partitions('order_items', '1 month', 3);
select {{ schema }}.ensure_index('ix_order_items_order', $index${{ schema }}.order_items (order_id)$index$);
select {{ schema }}.ensure_index('ix_order_items_sku', $index${{ schema }}.order_items (sku, ordered_at)$index$);
select {{ schema }}.ensure_index('ix_order_items_ordered_at', $index${{ schema }}.order_items using brin (ordered_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('order_items__lake', $view$
select
    item_id,
    order_id,
    sku,
    ordered_at,
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
    select * from {{ schema }}.order_items
    union all
    select * from {{ schema }}.missing_parts('order_items', null::{{ schema }}.order_items)
) as order_items
$view$);
select {{ schema }}.ensure_view('history_order_items', $view$
select
    item_id,
    order_id,
    sku,
    ordered_at,
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
    select * from {{ schema }}.missing_rows('order_items', null::{{ schema }}.order_items)
    union all
    select * from {{ schema }}.order_items
) as order_items
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_order_items() %}
{
    "kind": "event",
    "time_column": "ordered_at",
    "key": ["item_id"],
    "physical_key": ["item_id", "ordered_at"],
    "layout": null,
    "columns": [
        {"name": "item_id", "type": "uuid"},
        {"name": "order_id", "type": "uuid"},
        {"name": "sku", "type": "character varying(16)"},
        {"name": "ordered_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
