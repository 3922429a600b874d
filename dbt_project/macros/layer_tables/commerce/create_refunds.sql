{# The tables of refunds. Generated from definitions/object_models/commerce/refunds.json: edit that file, not this one. #}
{% macro create_refunds(schema) %}
create table if not exists {{ schema }}.source_refunds (
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
select {{ schema }}.add_source_columns('source_refunds');
select {{ schema }}.lift_raw_seq('source_refunds');
select {{ schema }}.ensure_index('ix_refunds_unclaimed', $index${{ schema }}.source_refunds (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_refunds_claimed', $index${{ schema }}.source_refunds (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_refunds_unarchived', $index${{ schema }}.source_refunds (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_refunds_ingested', $index${{ schema }}.source_refunds (ingested_at)$index$);
select {{ schema }}.ensure_view('source_refunds__lake', $view$
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
from {{ schema }}.source_refunds
$view$);

select {{ schema }}.ensure_shape('refunds', $shape${{ shape_of_refunds() }}$shape$);

create table if not exists {{ schema }}.rejected_refunds (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'refunds', 'auto', 'refunded_at', '1 month', true, $table$
    refund_id varchar(40) not null,
    payment_id varchar(40),
    return_id uuid,
    amount numeric(10,2),
    currency varchar(3),
    status varchar(10),
    refunded_at timestamptz not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (refund_id, refunded_at)
$table$);
select {{ schema }}.make_partitions('refunds', '1 month', 3);
select {{ schema }}.ensure_index('ix_refunds_payment', $index${{ schema }}.refunds (payment_id)$index$);
select {{ schema }}.ensure_index('ix_refunds_refunded_at', $index${{ schema }}.refunds using brin (refunded_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('refunds__lake', $view$
select
    refund_id,
    payment_id,
    return_id,
    amount::text as amount,
    currency,
    status,
    refunded_at,
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
    select * from {{ schema }}.refunds
    union all
    select * from {{ schema }}.missing_parts('refunds', null::{{ schema }}.refunds)
) as refunds
$view$);
select {{ schema }}.ensure_view('history_refunds', $view$
select
    refund_id,
    payment_id,
    return_id,
    amount,
    currency,
    status,
    refunded_at,
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
    select * from {{ schema }}.missing_rows('refunds', null::{{ schema }}.refunds)
    union all
    select * from {{ schema }}.refunds
) as refunds
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_refunds() %}
{
    "kind": "event",
    "time_column": "refunded_at",
    "key": ["refund_id"],
    "physical_key": ["refund_id", "refunded_at"],
    "layout": null,
    "columns": [
        {"name": "refund_id", "type": "character varying(40)"},
        {"name": "payment_id", "type": "character varying(40)"},
        {"name": "return_id", "type": "uuid"},
        {"name": "amount", "type": "numeric(10,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "status", "type": "character varying(10)"},
        {"name": "refunded_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
