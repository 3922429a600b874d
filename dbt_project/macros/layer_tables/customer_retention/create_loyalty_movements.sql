{# The tables of loyalty_movements. Generated from definitions/object_models/customer_retention/loyalty_movements.json: edit that file, not this one. #}
{% macro create_loyalty_movements(schema) %}
create table if not exists {{ schema }}.source_loyalty_movements (
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
select {{ schema }}.add_source_columns('source_loyalty_movements');
select {{ schema }}.lift_raw_seq('source_loyalty_movements');
select {{ schema }}.ensure_index('ix_loyalty_movements_unclaimed', $index${{ schema }}.source_loyalty_movements (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_loyalty_movements_claimed', $index${{ schema }}.source_loyalty_movements (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_loyalty_movements_unarchived', $index${{ schema }}.source_loyalty_movements (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_loyalty_movements_ingested', $index${{ schema }}.source_loyalty_movements (ingested_at)$index$);
select {{ schema }}.ensure_view('source_loyalty_movements__lake', $view$
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
from {{ schema }}.source_loyalty_movements
$view$);

select {{ schema }}.ensure_shape('loyalty_movements', $shape${{ shape_of_loyalty_movements() }}$shape$);

create table if not exists {{ schema }}.rejected_loyalty_movements (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'loyalty_movements', 'auto', 'booked_at', '1 month', true, $table$
    movement_id bigint not null,
    account_number varchar(16),
    movement_type varchar(12),
    points integer,
    order_id uuid,
    booked_at timestamptz not null,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (movement_id, booked_at)
$table$);
select {{ schema }}.make_partitions('loyalty_movements', '1 month', 3);
select {{ schema }}.ensure_index('ix_loyalty_movements_account', $index${{ schema }}.loyalty_movements (account_number, booked_at)$index$);
select {{ schema }}.ensure_index('ix_loyalty_movements_booked_at', $index${{ schema }}.loyalty_movements using brin (booked_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('loyalty_movements__lake', $view$
select
    movement_id,
    account_number,
    movement_type,
    points,
    order_id,
    booked_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.loyalty_movements
    union all
    select * from {{ schema }}.missing_parts('loyalty_movements', null::{{ schema }}.loyalty_movements)
) as loyalty_movements
$view$);
select {{ schema }}.ensure_view('history_loyalty_movements', $view$
select
    movement_id,
    account_number,
    movement_type,
    points,
    order_id,
    booked_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('loyalty_movements', null::{{ schema }}.loyalty_movements)
    union all
    select * from {{ schema }}.loyalty_movements
) as loyalty_movements
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_loyalty_movements() %}
{
    "kind": "event",
    "time_column": "booked_at",
    "key": ["movement_id"],
    "physical_key": ["movement_id", "booked_at"],
    "layout": null,
    "columns": [
        {"name": "movement_id", "type": "bigint"},
        {"name": "account_number", "type": "character varying(16)"},
        {"name": "movement_type", "type": "character varying(12)"},
        {"name": "points", "type": "integer"},
        {"name": "order_id", "type": "uuid"},
        {"name": "booked_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
