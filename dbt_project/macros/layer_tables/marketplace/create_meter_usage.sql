{# The tables of meter_usage. Generated from definitions/object_models/marketplace/meter_usage.json: edit that file, not this one. #}
{% macro create_meter_usage(schema) %}
create table if not exists {{ schema }}.source_meter_usage (
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
select {{ schema }}.add_source_columns('source_meter_usage');
select {{ schema }}.lift_raw_seq('source_meter_usage');
select {{ schema }}.ensure_index('ix_meter_usage_unclaimed', $index${{ schema }}.source_meter_usage (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_meter_usage_claimed', $index${{ schema }}.source_meter_usage (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_meter_usage_unarchived', $index${{ schema }}.source_meter_usage (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_meter_usage_ingested', $index${{ schema }}.source_meter_usage (ingested_at)$index$);
select {{ schema }}.ensure_view('source_meter_usage__lake', $view$
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
from {{ schema }}.source_meter_usage
$view$);

select {{ schema }}.ensure_shape('meter_usage', $shape${{ shape_of_meter_usage() }}$shape$);

create table if not exists {{ schema }}.rejected_meter_usage (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'meter_usage', 'auto', 'usage_time', '1 month', true, $table$
    id varchar(128),
    tenant_id uuid,
    product_code varchar(64),
    customer_identifier varchar(64),
    dimension varchar(60),
    quantity bigint,
    usage_time timestamptz not null,
    correlation_id varchar(64) not null,
    status varchar(32),
    metering_record_id varchar(64),
    sent_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (correlation_id, usage_time)
$table$);
select {{ schema }}.make_partitions('meter_usage', '1 month', 3);
select {{ schema }}.ensure_index('ix_meter_usage_tenant_dimension', $index${{ schema }}.meter_usage (tenant_id, dimension, usage_time)$index$);
select {{ schema }}.ensure_index('ix_meter_usage_customer_identifier', $index${{ schema }}.meter_usage (customer_identifier)$index$);
select {{ schema }}.ensure_index('ix_meter_usage_usage_time', $index${{ schema }}.meter_usage using brin (usage_time) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('meter_usage__lake', $view$
select
    id,
    tenant_id,
    product_code,
    customer_identifier,
    dimension,
    quantity,
    usage_time,
    correlation_id,
    status,
    metering_record_id,
    sent_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.meter_usage
    union all
    select * from {{ schema }}.missing_parts('meter_usage', null::{{ schema }}.meter_usage)
) as meter_usage
$view$);
select {{ schema }}.ensure_view('history_meter_usage', $view$
select
    id,
    tenant_id,
    product_code,
    customer_identifier,
    dimension,
    quantity,
    usage_time,
    correlation_id,
    status,
    metering_record_id,
    sent_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('meter_usage', null::{{ schema }}.meter_usage)
    union all
    select * from {{ schema }}.meter_usage
) as meter_usage
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_meter_usage() %}
{
    "kind": "event",
    "time_column": "usage_time",
    "key": ["correlation_id"],
    "physical_key": ["correlation_id", "usage_time"],
    "layout": null,
    "columns": [
        {"name": "id", "type": "character varying(128)"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "product_code", "type": "character varying(64)"},
        {"name": "customer_identifier", "type": "character varying(64)"},
        {"name": "dimension", "type": "character varying(60)"},
        {"name": "quantity", "type": "bigint"},
        {"name": "usage_time", "type": "timestamp with time zone"},
        {"name": "correlation_id", "type": "character varying(64)"},
        {"name": "status", "type": "character varying(32)"},
        {"name": "metering_record_id", "type": "character varying(64)"},
        {"name": "sent_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
