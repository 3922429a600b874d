{# The tables of payments. Generated from definitions/object_models/commerce/payments.json: edit that file, not this one. #}
{% macro create_payments(schema) %}
create table if not exists {{ schema }}.source_payments (
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
select {{ schema }}.add_source_columns('source_payments');
select {{ schema }}.lift_raw_seq('source_payments');
select {{ schema }}.ensure_index('ix_payments_unclaimed', $index${{ schema }}.source_payments (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_payments_claimed', $index${{ schema }}.source_payments (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_payments_unarchived', $index${{ schema }}.source_payments (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_payments_ingested', $index${{ schema }}.source_payments (ingested_at)$index$);
select {{ schema }}.ensure_view('source_payments__lake', $view$
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
from {{ schema }}.source_payments
$view$);

select {{ schema }}.ensure_shape('payments', $shape${{ shape_of_payments() }}$shape$);

create table if not exists {{ schema }}.rejected_payments (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'payments', 'auto', 'paid_at', '1 month', true, $table$
    payment_id varchar(40) not null,
    order_id uuid,
    method varchar(10),
    status varchar(10),
    amount numeric(10,2),
    currency varchar(3),
    provider_fee numeric(10,4),
    card_last4 varchar(4),
    decline_reason varchar(40),
    paid_at timestamptz not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (payment_id, paid_at)
$table$);
select {{ schema }}.make_partitions('payments', '1 month', 3);
select {{ schema }}.ensure_index('ix_payments_order', $index${{ schema }}.payments (order_id)$index$);
select {{ schema }}.ensure_index('ix_payments_paid_at', $index${{ schema }}.payments using brin (paid_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('payments__lake', $view$
select
    payment_id,
    order_id,
    method,
    status,
    amount::text as amount,
    currency,
    provider_fee::text as provider_fee,
    left(card_last4::text, (length(card_last4::text) > 3)::int) || '***' as card_last4,
    decline_reason,
    paid_at,
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
    select * from {{ schema }}.payments
    union all
    select * from {{ schema }}.missing_parts('payments', null::{{ schema }}.payments)
) as payments
$view$);
select {{ schema }}.ensure_view('history_payments', $view$
select
    payment_id,
    order_id,
    method,
    status,
    amount,
    currency,
    provider_fee,
    left(card_last4::text, (length(card_last4::text) > 3)::int) || '***' as card_last4,
    decline_reason,
    paid_at,
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
    select * from {{ schema }}.missing_rows('payments', null::{{ schema }}.payments)
    union all
    select * from {{ schema }}.payments
) as payments
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_payments() %}
{
    "kind": "event",
    "time_column": "paid_at",
    "key": ["payment_id"],
    "physical_key": ["payment_id", "paid_at"],
    "layout": null,
    "columns": [
        {"name": "payment_id", "type": "character varying(40)"},
        {"name": "order_id", "type": "uuid"},
        {"name": "method", "type": "character varying(10)"},
        {"name": "status", "type": "character varying(10)"},
        {"name": "amount", "type": "numeric(10,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "provider_fee", "type": "numeric(10,4)"},
        {"name": "card_last4", "type": "character varying(4)"},
        {"name": "decline_reason", "type": "character varying(40)"},
        {"name": "paid_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
