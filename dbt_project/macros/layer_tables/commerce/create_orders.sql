{# The tables of orders. Generated from definitions/object_models/commerce/orders.json: edit that file, not this one. #}
{% macro create_orders(schema) %}
create table if not exists {{ schema }}.source_orders (
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
select {{ schema }}.add_source_columns('source_orders');
select {{ schema }}.lift_raw_seq('source_orders');
select {{ schema }}.ensure_index('ix_orders_unclaimed', $index${{ schema }}.source_orders (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_orders_claimed', $index${{ schema }}.source_orders (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_orders_unarchived', $index${{ schema }}.source_orders (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_orders_ingested', $index${{ schema }}.source_orders (ingested_at)$index$);
select {{ schema }}.ensure_view('source_orders__lake', $view$
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
from {{ schema }}.source_orders
$view$);

select {{ schema }}.ensure_shape('orders', $shape${{ shape_of_orders() }}$shape$);

create table if not exists {{ schema }}.rejected_orders (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'orders', 'auto', 'ordered_at', '1 month', true, $table$
    order_id uuid not null,
    customer_id uuid,
    store_id uuid,
    ordered_at timestamptz not null,
    status varchar(16),
    fulfilled_at timestamptz,
    subtotal integer,
    tax_paid integer,
    order_total integer,
    updated_at timestamptz,
    total_amount numeric(10,2),
    currency varchar(3),
    created_at timestamptz,
    created_by varchar(64),
    updated_by varchar(64),
    version integer,
    deleted_at timestamptz,
    deleted_by varchar(64),
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (order_id, ordered_at)
$table$);
select {{ schema }}.make_partitions('orders', '1 month', 3);
select {{ schema }}.ensure_index('ix_orders_customer', $index${{ schema }}.orders (customer_id, ordered_at)$index$);
select {{ schema }}.ensure_index('ix_orders_store', $index${{ schema }}.orders (store_id, ordered_at)$index$);
select {{ schema }}.ensure_index('ix_orders_ordered_at', $index${{ schema }}.orders using brin (ordered_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('orders__lake', $view$
select
    order_id,
    customer_id,
    store_id,
    ordered_at,
    status,
    fulfilled_at,
    subtotal,
    tax_paid,
    order_total,
    updated_at,
    total_amount::text as total_amount,
    currency,
    created_at,
    created_by,
    updated_by,
    version,
    deleted_at,
    deleted_by,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.orders
    union all
    select * from {{ schema }}.missing_parts('orders', null::{{ schema }}.orders)
) as orders
$view$);
select {{ schema }}.ensure_view('history_orders', $view$
select
    order_id,
    customer_id,
    store_id,
    ordered_at,
    status,
    fulfilled_at,
    subtotal,
    tax_paid,
    order_total,
    updated_at,
    total_amount,
    currency,
    created_at,
    created_by,
    updated_by,
    version,
    deleted_at,
    deleted_by,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('orders', null::{{ schema }}.orders)
    union all
    select * from {{ schema }}.orders
) as orders
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_orders() %}
{
    "kind": "event",
    "time_column": "ordered_at",
    "key": ["order_id"],
    "physical_key": ["order_id", "ordered_at"],
    "layout": null,
    "columns": [
        {"name": "order_id", "type": "uuid"},
        {"name": "customer_id", "type": "uuid"},
        {"name": "store_id", "type": "uuid"},
        {"name": "ordered_at", "type": "timestamp with time zone"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "fulfilled_at", "type": "timestamp with time zone"},
        {"name": "subtotal", "type": "integer"},
        {"name": "tax_paid", "type": "integer"},
        {"name": "order_total", "type": "integer"},
        {"name": "updated_at", "type": "timestamp with time zone"},
        {"name": "total_amount", "type": "numeric(10,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "created_at", "type": "timestamp with time zone"},
        {"name": "created_by", "type": "character varying(64)"},
        {"name": "updated_by", "type": "character varying(64)"},
        {"name": "version", "type": "integer"},
        {"name": "deleted_at", "type": "timestamp with time zone"},
        {"name": "deleted_by", "type": "character varying(64)"}
    ]
}
{% endmacro %}
