{# The tables of supplier_invoices. Generated from definitions/object_models/procurement/supplier_invoices.json: edit that file, not this one. #}
{% macro create_supplier_invoices(schema) %}
create table if not exists {{ schema }}.source_supplier_invoices (
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
select {{ schema }}.add_source_columns('source_supplier_invoices');
select {{ schema }}.lift_raw_seq('source_supplier_invoices');
select {{ schema }}.ensure_index('ix_supplier_invoices_unclaimed', $index${{ schema }}.source_supplier_invoices (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_supplier_invoices_claimed', $index${{ schema }}.source_supplier_invoices (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_supplier_invoices_unarchived', $index${{ schema }}.source_supplier_invoices (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_supplier_invoices_ingested', $index${{ schema }}.source_supplier_invoices (ingested_at)$index$);
select {{ schema }}.ensure_view('source_supplier_invoices__lake', $view$
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
from {{ schema }}.source_supplier_invoices
$view$);

select {{ schema }}.ensure_shape('supplier_invoices', $shape${{ shape_of_supplier_invoices() }}$shape$);

create table if not exists {{ schema }}.rejected_supplier_invoices (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'supplier_invoices', 'auto', 'invoiced_on', '1 month', true, $table$
    supplier_id varchar(16) not null,
    invoice_number varchar(35) not null,
    purchase_order_id varchar(16),
    net_amount numeric(16,2),
    tax_amount numeric(16,2),
    gross_amount numeric(16,2),
    currency varchar(3),
    match_status varchar(12),
    invoiced_on date not null,
    due_on date,
    paid_on date,
    is_paid_late boolean,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (supplier_id, invoice_number, invoiced_on)
$table$);
select {{ schema }}.make_partitions('supplier_invoices', '1 month', 3);
select {{ schema }}.ensure_index('ix_supplier_invoices_supplier', $index${{ schema }}.supplier_invoices (supplier_id, invoiced_on)$index$);
select {{ schema }}.ensure_index('ix_supplier_invoices_order', $index${{ schema }}.supplier_invoices (purchase_order_id)$index$);
select {{ schema }}.ensure_index('ix_supplier_invoices_invoiced_on', $index${{ schema }}.supplier_invoices using brin (invoiced_on) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('supplier_invoices__lake', $view$
select
    supplier_id,
    invoice_number,
    purchase_order_id,
    net_amount::text as net_amount,
    tax_amount::text as tax_amount,
    gross_amount::text as gross_amount,
    currency,
    match_status,
    invoiced_on,
    due_on,
    paid_on,
    is_paid_late,
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
    select * from {{ schema }}.supplier_invoices
    union all
    select * from {{ schema }}.missing_parts('supplier_invoices', null::{{ schema }}.supplier_invoices)
) as supplier_invoices
$view$);
select {{ schema }}.ensure_view('history_supplier_invoices', $view$
select
    supplier_id,
    invoice_number,
    purchase_order_id,
    net_amount,
    tax_amount,
    gross_amount,
    currency,
    match_status,
    invoiced_on,
    due_on,
    paid_on,
    is_paid_late,
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
    select * from {{ schema }}.missing_rows('supplier_invoices', null::{{ schema }}.supplier_invoices)
    union all
    select * from {{ schema }}.supplier_invoices
) as supplier_invoices
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_supplier_invoices() %}
{
    "kind": "event",
    "time_column": "invoiced_on",
    "key": ["invoice_number", "supplier_id"],
    "physical_key": ["supplier_id", "invoice_number", "invoiced_on"],
    "layout": null,
    "columns": [
        {"name": "supplier_id", "type": "character varying(16)"},
        {"name": "invoice_number", "type": "character varying(35)"},
        {"name": "purchase_order_id", "type": "character varying(16)"},
        {"name": "net_amount", "type": "numeric(16,2)"},
        {"name": "tax_amount", "type": "numeric(16,2)"},
        {"name": "gross_amount", "type": "numeric(16,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "match_status", "type": "character varying(12)"},
        {"name": "invoiced_on", "type": "date"},
        {"name": "due_on", "type": "date"},
        {"name": "paid_on", "type": "date"},
        {"name": "is_paid_late", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
