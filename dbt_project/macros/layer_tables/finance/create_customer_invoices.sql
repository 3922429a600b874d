{# The tables of customer_invoices. Generated from definitions/object_models/finance/customer_invoices.json: edit that file, not this one. #}
{% macro create_customer_invoices(schema) %}
create table if not exists {{ schema }}.source_customer_invoices (
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
select {{ schema }}.add_source_columns('source_customer_invoices');
select {{ schema }}.lift_raw_seq('source_customer_invoices');
select {{ schema }}.ensure_index('ix_customer_invoices_unclaimed', $index${{ schema }}.source_customer_invoices (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_customer_invoices_claimed', $index${{ schema }}.source_customer_invoices (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_customer_invoices_unarchived', $index${{ schema }}.source_customer_invoices (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_customer_invoices_ingested', $index${{ schema }}.source_customer_invoices (ingested_at)$index$);
select {{ schema }}.ensure_view('source_customer_invoices__lake', $view$
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
from {{ schema }}.source_customer_invoices
$view$);

select {{ schema }}.ensure_shape('customer_invoices', $shape${{ shape_of_customer_invoices() }}$shape$);

create table if not exists {{ schema }}.rejected_customer_invoices (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'customer_invoices', 'auto', 'invoiced_on', '1 month', true, $table$
    invoice_number varchar(20) not null,
    customer_id uuid,
    order_id uuid,
    net_amount numeric(16,2),
    tax_amount numeric(16,2),
    open_amount numeric(16,2),
    currency varchar(3),
    invoiced_on date not null,
    due_on date,
    settled_on date,
    days_to_pay integer,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (invoice_number, invoiced_on)
$table$);
select {{ schema }}.make_partitions('customer_invoices', '1 month', 3);
select {{ schema }}.ensure_index('ix_customer_invoices_customer', $index${{ schema }}.customer_invoices (customer_id, invoiced_on)$index$);
select {{ schema }}.ensure_index('ix_customer_invoices_invoiced_on', $index${{ schema }}.customer_invoices using brin (invoiced_on) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('customer_invoices__lake', $view$
select
    invoice_number,
    customer_id,
    order_id,
    net_amount::text as net_amount,
    tax_amount::text as tax_amount,
    open_amount::text as open_amount,
    currency,
    invoiced_on,
    due_on,
    settled_on,
    days_to_pay,
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
    select * from {{ schema }}.customer_invoices
    union all
    select * from {{ schema }}.missing_parts('customer_invoices', null::{{ schema }}.customer_invoices)
) as customer_invoices
$view$);
select {{ schema }}.ensure_view('history_customer_invoices', $view$
select
    invoice_number,
    customer_id,
    order_id,
    net_amount,
    tax_amount,
    open_amount,
    currency,
    invoiced_on,
    due_on,
    settled_on,
    days_to_pay,
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
    select * from {{ schema }}.missing_rows('customer_invoices', null::{{ schema }}.customer_invoices)
    union all
    select * from {{ schema }}.customer_invoices
) as customer_invoices
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_customer_invoices() %}
{
    "kind": "event",
    "time_column": "invoiced_on",
    "key": ["invoice_number"],
    "physical_key": ["invoice_number", "invoiced_on"],
    "layout": null,
    "columns": [
        {"name": "invoice_number", "type": "character varying(20)"},
        {"name": "customer_id", "type": "uuid"},
        {"name": "order_id", "type": "uuid"},
        {"name": "net_amount", "type": "numeric(16,2)"},
        {"name": "tax_amount", "type": "numeric(16,2)"},
        {"name": "open_amount", "type": "numeric(16,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "invoiced_on", "type": "date"},
        {"name": "due_on", "type": "date"},
        {"name": "settled_on", "type": "date"},
        {"name": "days_to_pay", "type": "integer"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
