{# The tables of goods_receipts. Generated from definitions/object_models/procurement/goods_receipts.json: edit that file, not this one. #}
{% macro create_goods_receipts(schema) %}
create table if not exists {{ schema }}.source_goods_receipts (
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
select {{ schema }}.add_source_columns('source_goods_receipts');
select {{ schema }}.lift_raw_seq('source_goods_receipts');
select {{ schema }}.ensure_index('ix_goods_receipts_unclaimed', $index${{ schema }}.source_goods_receipts (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_goods_receipts_claimed', $index${{ schema }}.source_goods_receipts (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_goods_receipts_unarchived', $index${{ schema }}.source_goods_receipts (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_goods_receipts_ingested', $index${{ schema }}.source_goods_receipts (ingested_at)$index$);
select {{ schema }}.ensure_view('source_goods_receipts__lake', $view$
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
from {{ schema }}.source_goods_receipts
$view$);

select {{ schema }}.ensure_shape('goods_receipts', $shape${{ shape_of_goods_receipts() }}$shape$);

create table if not exists {{ schema }}.rejected_goods_receipts (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'goods_receipts', 'auto', 'received_at', '1 month', true, $table$
    receipt_id varchar(20) not null,
    purchase_order_id varchar(16),
    line_number smallint,
    supplier_id varchar(16),
    site_code varchar(16),
    received_quantity numeric(14,3),
    rejected_quantity numeric(14,3),
    reject_reason varchar(16),
    is_by_promise boolean,
    received_at timestamptz not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (receipt_id, received_at)
$table$);
select {{ schema }}.make_partitions('goods_receipts', '1 month', 3);
select {{ schema }}.ensure_index('ix_goods_receipts_order', $index${{ schema }}.goods_receipts (purchase_order_id)$index$);
select {{ schema }}.ensure_index('ix_goods_receipts_received_at', $index${{ schema }}.goods_receipts using brin (received_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('goods_receipts__lake', $view$
select
    receipt_id,
    purchase_order_id,
    line_number,
    supplier_id,
    site_code,
    received_quantity::text as received_quantity,
    rejected_quantity::text as rejected_quantity,
    reject_reason,
    is_by_promise,
    received_at,
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
    select * from {{ schema }}.goods_receipts
    union all
    select * from {{ schema }}.missing_parts('goods_receipts', null::{{ schema }}.goods_receipts)
) as goods_receipts
$view$);
select {{ schema }}.ensure_view('history_goods_receipts', $view$
select
    receipt_id,
    purchase_order_id,
    line_number,
    supplier_id,
    site_code,
    received_quantity,
    rejected_quantity,
    reject_reason,
    is_by_promise,
    received_at,
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
    select * from {{ schema }}.missing_rows('goods_receipts', null::{{ schema }}.goods_receipts)
    union all
    select * from {{ schema }}.goods_receipts
) as goods_receipts
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_goods_receipts() %}
{
    "kind": "event",
    "time_column": "received_at",
    "key": ["receipt_id"],
    "physical_key": ["receipt_id", "received_at"],
    "layout": null,
    "columns": [
        {"name": "receipt_id", "type": "character varying(20)"},
        {"name": "purchase_order_id", "type": "character varying(16)"},
        {"name": "line_number", "type": "smallint"},
        {"name": "supplier_id", "type": "character varying(16)"},
        {"name": "site_code", "type": "character varying(16)"},
        {"name": "received_quantity", "type": "numeric(14,3)"},
        {"name": "rejected_quantity", "type": "numeric(14,3)"},
        {"name": "reject_reason", "type": "character varying(16)"},
        {"name": "is_by_promise", "type": "boolean"},
        {"name": "received_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
