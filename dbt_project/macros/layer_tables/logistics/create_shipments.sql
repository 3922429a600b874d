{# The tables of shipments. Generated from definitions/object_models/logistics/shipments.json: edit that file, not this one. #}
{% macro create_shipments(schema) %}
create table if not exists {{ schema }}.source_shipments (
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
select {{ schema }}.add_source_columns('source_shipments');
select {{ schema }}.lift_raw_seq('source_shipments');
select {{ schema }}.ensure_index('ix_shipments_unclaimed', $index${{ schema }}.source_shipments (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_shipments_claimed', $index${{ schema }}.source_shipments (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_shipments_unarchived', $index${{ schema }}.source_shipments (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_shipments_ingested', $index${{ schema }}.source_shipments (ingested_at)$index$);
select {{ schema }}.ensure_view('source_shipments__lake', $view$
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
from {{ schema }}.source_shipments
$view$);

select {{ schema }}.ensure_shape('shipments', $shape${{ shape_of_shipments() }}$shape$);

create table if not exists {{ schema }}.rejected_shipments (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'shipments', 'auto', 'created_at', '1 month', true, $table$
    shipment_id uuid not null,
    waybill_number varchar(35),
    carrier_code varchar(4),
    origin_site_code varchar(16),
    destination_site_code varchar(16),
    lane_id varchar(40),
    order_id uuid,
    status varchar(12),
    gross_weight_kg numeric(12,3),
    created_at timestamptz not null,
    promised_at timestamptz,
    departed_at timestamptz,
    delivered_at timestamptz,
    is_on_time boolean,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (shipment_id, created_at)
$table$);
select {{ schema }}.make_partitions('shipments', '1 month', 3);
select {{ schema }}.ensure_index('ix_shipments_carrier', $index${{ schema }}.shipments (carrier_code, created_at)$index$);
select {{ schema }}.ensure_index('ix_shipments_order', $index${{ schema }}.shipments (order_id)$index$);
select {{ schema }}.ensure_index('ix_shipments_created_at', $index${{ schema }}.shipments using brin (created_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('shipments__lake', $view$
select
    shipment_id,
    waybill_number,
    carrier_code,
    origin_site_code,
    destination_site_code,
    lane_id,
    order_id,
    status,
    gross_weight_kg::text as gross_weight_kg,
    created_at,
    promised_at,
    departed_at,
    delivered_at,
    is_on_time,
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
    select * from {{ schema }}.shipments
    union all
    select * from {{ schema }}.missing_parts('shipments', null::{{ schema }}.shipments)
) as shipments
$view$);
select {{ schema }}.ensure_view('history_shipments', $view$
select
    shipment_id,
    waybill_number,
    carrier_code,
    origin_site_code,
    destination_site_code,
    lane_id,
    order_id,
    status,
    gross_weight_kg,
    created_at,
    promised_at,
    departed_at,
    delivered_at,
    is_on_time,
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
    select * from {{ schema }}.missing_rows('shipments', null::{{ schema }}.shipments)
    union all
    select * from {{ schema }}.shipments
) as shipments
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_shipments() %}
{
    "kind": "event",
    "time_column": "created_at",
    "key": ["shipment_id"],
    "physical_key": ["shipment_id", "created_at"],
    "layout": null,
    "columns": [
        {"name": "shipment_id", "type": "uuid"},
        {"name": "waybill_number", "type": "character varying(35)"},
        {"name": "carrier_code", "type": "character varying(4)"},
        {"name": "origin_site_code", "type": "character varying(16)"},
        {"name": "destination_site_code", "type": "character varying(16)"},
        {"name": "lane_id", "type": "character varying(40)"},
        {"name": "order_id", "type": "uuid"},
        {"name": "status", "type": "character varying(12)"},
        {"name": "gross_weight_kg", "type": "numeric(12,3)"},
        {"name": "created_at", "type": "timestamp with time zone"},
        {"name": "promised_at", "type": "timestamp with time zone"},
        {"name": "departed_at", "type": "timestamp with time zone"},
        {"name": "delivered_at", "type": "timestamp with time zone"},
        {"name": "is_on_time", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
