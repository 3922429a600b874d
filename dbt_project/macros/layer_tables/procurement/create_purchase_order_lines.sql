{# The tables of purchase_order_lines. Generated from definitions/object_models/procurement/purchase_order_lines.json: edit that file, not this one. #}
{% macro create_purchase_order_lines(schema) %}
create table if not exists {{ schema }}.source_purchase_order_lines (
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
select {{ schema }}.add_source_columns('source_purchase_order_lines');
select {{ schema }}.lift_raw_seq('source_purchase_order_lines');
select {{ schema }}.ensure_index('ix_purchase_order_lines_unclaimed', $index${{ schema }}.source_purchase_order_lines (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_purchase_order_lines_claimed', $index${{ schema }}.source_purchase_order_lines (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_purchase_order_lines_unarchived', $index${{ schema }}.source_purchase_order_lines (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_purchase_order_lines_ingested', $index${{ schema }}.source_purchase_order_lines (ingested_at)$index$);
select {{ schema }}.ensure_view('source_purchase_order_lines__lake', $view$
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
from {{ schema }}.source_purchase_order_lines
$view$);

select {{ schema }}.ensure_shape('purchase_order_lines', $shape${{ shape_of_purchase_order_lines() }}$shape$);

create table if not exists {{ schema }}.rejected_purchase_order_lines (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'purchase_order_lines', 'auto', 'ordered_at', '1 month', true, $table$
    purchase_order_id varchar(16) not null,
    line_number smallint not null,
    item_code varchar(24),
    quantity numeric(14,3),
    unit_price numeric(14,4),
    line_amount numeric(16,2),
    standard_cost numeric(14,4),
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
    primary key (purchase_order_id, line_number, ordered_at)
$table$);
select {{ schema }}.make_partitions('purchase_order_lines', '1 month', 3);
select {{ schema }}.ensure_index('ix_purchase_order_lines_item', $index${{ schema }}.purchase_order_lines (item_code, ordered_at)$index$);
select {{ schema }}.ensure_index('ix_purchase_order_lines_ordered_at', $index${{ schema }}.purchase_order_lines using brin (ordered_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('purchase_order_lines__lake', $view$
select
    purchase_order_id,
    line_number,
    item_code,
    quantity::text as quantity,
    unit_price::text as unit_price,
    line_amount::text as line_amount,
    standard_cost::text as standard_cost,
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
    select * from {{ schema }}.purchase_order_lines
    union all
    select * from {{ schema }}.missing_parts('purchase_order_lines', null::{{ schema }}.purchase_order_lines)
) as purchase_order_lines
$view$);
select {{ schema }}.ensure_view('history_purchase_order_lines', $view$
select
    purchase_order_id,
    line_number,
    item_code,
    quantity,
    unit_price,
    line_amount,
    standard_cost,
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
    select * from {{ schema }}.missing_rows('purchase_order_lines', null::{{ schema }}.purchase_order_lines)
    union all
    select * from {{ schema }}.purchase_order_lines
) as purchase_order_lines
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_purchase_order_lines() %}
{
    "kind": "event",
    "time_column": "ordered_at",
    "key": ["line_number", "purchase_order_id"],
    "physical_key": ["purchase_order_id", "line_number", "ordered_at"],
    "layout": null,
    "columns": [
        {"name": "purchase_order_id", "type": "character varying(16)"},
        {"name": "line_number", "type": "smallint"},
        {"name": "item_code", "type": "character varying(24)"},
        {"name": "quantity", "type": "numeric(14,3)"},
        {"name": "unit_price", "type": "numeric(14,4)"},
        {"name": "line_amount", "type": "numeric(16,2)"},
        {"name": "standard_cost", "type": "numeric(14,4)"},
        {"name": "ordered_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
