{# The tables of tracking_events. Generated from definitions/object_models/logistics/tracking_events.json: edit that file, not this one. #}
{% macro create_tracking_events(schema) %}
create table if not exists {{ schema }}.source_tracking_events (
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
select {{ schema }}.add_source_columns('source_tracking_events');
select {{ schema }}.lift_raw_seq('source_tracking_events');
select {{ schema }}.ensure_index('ix_tracking_events_unclaimed', $index${{ schema }}.source_tracking_events (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_tracking_events_claimed', $index${{ schema }}.source_tracking_events (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_tracking_events_unarchived', $index${{ schema }}.source_tracking_events (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_tracking_events_ingested', $index${{ schema }}.source_tracking_events (ingested_at)$index$);
select {{ schema }}.ensure_view('source_tracking_events__lake', $view$
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
from {{ schema }}.source_tracking_events
$view$);

select {{ schema }}.ensure_shape('tracking_events', $shape${{ shape_of_tracking_events() }}$shape$);

create table if not exists {{ schema }}.rejected_tracking_events (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'tracking_events', 'auto', 'occurred_at', '1 month', true, $table$
    event_id varchar(64) not null,
    shipment_id uuid,
    event_type varchar(20),
    site_code varchar(16),
    delay_minutes integer,
    occurred_at timestamptz not null,
    remark varchar(400),
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (event_id, occurred_at)
$table$);
select {{ schema }}.make_partitions('tracking_events', '1 month', 3);
select {{ schema }}.ensure_index('ix_tracking_events_shipment', $index${{ schema }}.tracking_events (shipment_id, occurred_at)$index$);
select {{ schema }}.ensure_index('ix_tracking_events_occurred_at', $index${{ schema }}.tracking_events using brin (occurred_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('tracking_events__lake', $view$
select
    event_id,
    shipment_id,
    event_type,
    site_code,
    delay_minutes,
    occurred_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.tracking_events
    union all
    select * from {{ schema }}.missing_parts('tracking_events', null::{{ schema }}.tracking_events)
) as tracking_events
$view$);
select {{ schema }}.ensure_view('history_tracking_events', $view$
select
    event_id,
    shipment_id,
    event_type,
    site_code,
    delay_minutes,
    occurred_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('tracking_events', null::{{ schema }}.tracking_events)
    union all
    select * from {{ schema }}.tracking_events
) as tracking_events
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_tracking_events() %}
{
    "kind": "event",
    "time_column": "occurred_at",
    "key": ["event_id"],
    "physical_key": ["event_id", "occurred_at"],
    "layout": null,
    "columns": [
        {"name": "event_id", "type": "character varying(64)"},
        {"name": "shipment_id", "type": "uuid"},
        {"name": "event_type", "type": "character varying(20)"},
        {"name": "site_code", "type": "character varying(16)"},
        {"name": "delay_minutes", "type": "integer"},
        {"name": "occurred_at", "type": "timestamp with time zone"},
        {"name": "remark", "type": "character varying(400)"}
    ]
}
{% endmacro %}
