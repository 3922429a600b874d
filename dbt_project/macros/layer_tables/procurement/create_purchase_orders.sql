{# The tables of purchase_orders. Generated from definitions/object_models/procurement/purchase_orders.json: edit that file, not this one. #}
{% macro create_purchase_orders(schema) %}
create table if not exists {{ schema }}.source_purchase_orders (
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
select {{ schema }}.add_source_columns('source_purchase_orders');
select {{ schema }}.lift_raw_seq('source_purchase_orders');
select {{ schema }}.ensure_index('ix_purchase_orders_unclaimed', $index${{ schema }}.source_purchase_orders (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_purchase_orders_claimed', $index${{ schema }}.source_purchase_orders (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_purchase_orders_unarchived', $index${{ schema }}.source_purchase_orders (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_purchase_orders_ingested', $index${{ schema }}.source_purchase_orders (ingested_at)$index$);
select {{ schema }}.ensure_view('source_purchase_orders__lake', $view$
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
from {{ schema }}.source_purchase_orders
$view$);

select {{ schema }}.ensure_shape('purchase_orders', $shape${{ shape_of_purchase_orders() }}$shape$);

create table if not exists {{ schema }}.rejected_purchase_orders (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'purchase_orders', 'auto', 'ordered_at', '1 month', true, $table$
    purchase_order_id varchar(16) not null,
    supplier_id varchar(16),
    contract_id varchar(24),
    site_code varchar(16),
    cost_center_code varchar(10),
    status varchar(16),
    total_amount numeric(16,2),
    currency varchar(3),
    ordered_at timestamptz not null,
    promised_on date,
    received_on date,
    lead_days integer,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (purchase_order_id, ordered_at)
$table$);
select {{ schema }}.make_partitions('purchase_orders', '1 month', 3);
select {{ schema }}.ensure_index('ix_purchase_orders_supplier', $index${{ schema }}.purchase_orders (supplier_id, ordered_at)$index$);
select {{ schema }}.ensure_index('ix_purchase_orders_ordered_at', $index${{ schema }}.purchase_orders using brin (ordered_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('purchase_orders__lake', $view$
select
    purchase_order_id,
    supplier_id,
    contract_id,
    site_code,
    cost_center_code,
    status,
    total_amount::text as total_amount,
    currency,
    ordered_at,
    promised_on,
    received_on,
    lead_days,
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
    select * from {{ schema }}.purchase_orders
    union all
    select * from {{ schema }}.missing_parts('purchase_orders', null::{{ schema }}.purchase_orders)
) as purchase_orders
$view$);
select {{ schema }}.ensure_view('history_purchase_orders', $view$
select
    purchase_order_id,
    supplier_id,
    contract_id,
    site_code,
    cost_center_code,
    status,
    total_amount,
    currency,
    ordered_at,
    promised_on,
    received_on,
    lead_days,
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
    select * from {{ schema }}.missing_rows('purchase_orders', null::{{ schema }}.purchase_orders)
    union all
    select * from {{ schema }}.purchase_orders
) as purchase_orders
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_purchase_orders() %}
{
    "kind": "event",
    "time_column": "ordered_at",
    "key": ["purchase_order_id"],
    "physical_key": ["purchase_order_id", "ordered_at"],
    "layout": null,
    "columns": [
        {"name": "purchase_order_id", "type": "character varying(16)"},
        {"name": "supplier_id", "type": "character varying(16)"},
        {"name": "contract_id", "type": "character varying(24)"},
        {"name": "site_code", "type": "character varying(16)"},
        {"name": "cost_center_code", "type": "character varying(10)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "total_amount", "type": "numeric(16,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "ordered_at", "type": "timestamp with time zone"},
        {"name": "promised_on", "type": "date"},
        {"name": "received_on", "type": "date"},
        {"name": "lead_days", "type": "integer"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
