{# The tables of support_tickets. Generated from definitions/object_models/customer_retention/support_tickets.json: edit that file, not this one. #}
{% macro create_support_tickets(schema) %}
create table if not exists {{ schema }}.source_support_tickets (
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
select {{ schema }}.add_source_columns('source_support_tickets');
select {{ schema }}.lift_raw_seq('source_support_tickets');
select {{ schema }}.ensure_index('ix_support_tickets_unclaimed', $index${{ schema }}.source_support_tickets (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_support_tickets_claimed', $index${{ schema }}.source_support_tickets (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_support_tickets_unarchived', $index${{ schema }}.source_support_tickets (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_support_tickets_ingested', $index${{ schema }}.source_support_tickets (ingested_at)$index$);
select {{ schema }}.ensure_view('source_support_tickets__lake', $view$
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
from {{ schema }}.source_support_tickets
$view$);

select {{ schema }}.ensure_shape('support_tickets', $shape${{ shape_of_support_tickets() }}$shape$);

create table if not exists {{ schema }}.rejected_support_tickets (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'support_tickets', 'auto', 'opened_at', '1 month', true, $table$
    ticket_number bigint not null,
    customer_id uuid,
    order_id uuid,
    topic varchar(16),
    status varchar(8),
    subject varchar(200),
    first_reply_minutes integer,
    solved_in_minutes integer,
    satisfaction smallint,
    opened_at timestamptz not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (ticket_number, opened_at)
$table$);
select {{ schema }}.make_partitions('support_tickets', '1 month', 3);
select {{ schema }}.ensure_index('ix_support_tickets_customer', $index${{ schema }}.support_tickets (customer_id, opened_at)$index$);
select {{ schema }}.ensure_index('ix_support_tickets_opened_at', $index${{ schema }}.support_tickets using brin (opened_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('support_tickets__lake', $view$
select
    ticket_number,
    customer_id,
    order_id,
    topic,
    status,
    first_reply_minutes,
    solved_in_minutes,
    satisfaction,
    opened_at,
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
    select * from {{ schema }}.support_tickets
    union all
    select * from {{ schema }}.missing_parts('support_tickets', null::{{ schema }}.support_tickets)
) as support_tickets
$view$);
select {{ schema }}.ensure_view('history_support_tickets', $view$
select
    ticket_number,
    customer_id,
    order_id,
    topic,
    status,
    first_reply_minutes,
    solved_in_minutes,
    satisfaction,
    opened_at,
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
    select * from {{ schema }}.missing_rows('support_tickets', null::{{ schema }}.support_tickets)
    union all
    select * from {{ schema }}.support_tickets
) as support_tickets
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_support_tickets() %}
{
    "kind": "event",
    "time_column": "opened_at",
    "key": ["ticket_number"],
    "physical_key": ["ticket_number", "opened_at"],
    "layout": null,
    "columns": [
        {"name": "ticket_number", "type": "bigint"},
        {"name": "customer_id", "type": "uuid"},
        {"name": "order_id", "type": "uuid"},
        {"name": "topic", "type": "character varying(16)"},
        {"name": "status", "type": "character varying(8)"},
        {"name": "subject", "type": "character varying(200)"},
        {"name": "first_reply_minutes", "type": "integer"},
        {"name": "solved_in_minutes", "type": "integer"},
        {"name": "satisfaction", "type": "smallint"},
        {"name": "opened_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
