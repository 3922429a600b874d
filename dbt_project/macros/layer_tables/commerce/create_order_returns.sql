{# The tables of order_returns. Generated from definitions/object_models/commerce/order_returns.json: edit that file, not this one. #}
{% macro create_order_returns(schema) %}
create table if not exists {{ schema }}.source_order_returns (
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
select {{ schema }}.add_source_columns('source_order_returns');
select {{ schema }}.lift_raw_seq('source_order_returns');
select {{ schema }}.ensure_index('ix_order_returns_unclaimed', $index${{ schema }}.source_order_returns (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_order_returns_claimed', $index${{ schema }}.source_order_returns (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_order_returns_unarchived', $index${{ schema }}.source_order_returns (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_order_returns_ingested', $index${{ schema }}.source_order_returns (ingested_at)$index$);
select {{ schema }}.ensure_view('source_order_returns__lake', $view$
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
from {{ schema }}.source_order_returns
$view$);

select {{ schema }}.ensure_shape('order_returns', $shape${{ shape_of_order_returns() }}$shape$);

create table if not exists {{ schema }}.rejected_order_returns (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'order_returns', 'auto', 'requested_at', '1 month', true, $table$
    return_id uuid not null,
    order_id uuid,
    sku varchar(16),
    reason varchar(12),
    decision varchar(10),
    decided_in_minutes integer,
    requested_at timestamptz not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (return_id, requested_at)
$table$);
select {{ schema }}.make_partitions('order_returns', '1 month', 3);
select {{ schema }}.ensure_index('ix_order_returns_order', $index${{ schema }}.order_returns (order_id)$index$);
select {{ schema }}.ensure_index('ix_order_returns_requested_at', $index${{ schema }}.order_returns using brin (requested_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('order_returns__lake', $view$
select
    return_id,
    order_id,
    sku,
    reason,
    decision,
    decided_in_minutes,
    requested_at,
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
    select * from {{ schema }}.order_returns
    union all
    select * from {{ schema }}.missing_parts('order_returns', null::{{ schema }}.order_returns)
) as order_returns
$view$);
select {{ schema }}.ensure_view('history_order_returns', $view$
select
    return_id,
    order_id,
    sku,
    reason,
    decision,
    decided_in_minutes,
    requested_at,
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
    select * from {{ schema }}.missing_rows('order_returns', null::{{ schema }}.order_returns)
    union all
    select * from {{ schema }}.order_returns
) as order_returns
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_order_returns() %}
{
    "kind": "event",
    "time_column": "requested_at",
    "key": ["return_id"],
    "physical_key": ["return_id", "requested_at"],
    "layout": null,
    "columns": [
        {"name": "return_id", "type": "uuid"},
        {"name": "order_id", "type": "uuid"},
        {"name": "sku", "type": "character varying(16)"},
        {"name": "reason", "type": "character varying(12)"},
        {"name": "decision", "type": "character varying(10)"},
        {"name": "decided_in_minutes", "type": "integer"},
        {"name": "requested_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
