{# The tables of transport_lanes. Generated from definitions/object_models/logistics/transport_lanes.json: edit that file, not this one. #}
{% macro create_transport_lanes(schema) %}
create table if not exists {{ schema }}.source_transport_lanes (
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
select {{ schema }}.add_source_columns('source_transport_lanes');
select {{ schema }}.lift_raw_seq('source_transport_lanes');
select {{ schema }}.ensure_index('ix_transport_lanes_unclaimed', $index${{ schema }}.source_transport_lanes (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_transport_lanes_claimed', $index${{ schema }}.source_transport_lanes (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_transport_lanes_unarchived', $index${{ schema }}.source_transport_lanes (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_transport_lanes_ingested', $index${{ schema }}.source_transport_lanes (ingested_at)$index$);
select {{ schema }}.ensure_view('source_transport_lanes__lake', $view$
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
from {{ schema }}.source_transport_lanes
$view$);

select {{ schema }}.ensure_shape('transport_lanes', $shape${{ shape_of_transport_lanes() }}$shape$);

create table if not exists {{ schema }}.rejected_transport_lanes (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.transport_lanes (
    lane_id varchar(40) not null,
    origin_site_code varchar(16),
    destination_site_code varchar(16),
    transport_mode varchar(8),
    distance_km numeric(9,1),
    planned_transit_hours numeric(7,2),
    planned_cost_per_kg numeric(12,4),
    currency varchar(3),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (lane_id)
);
select {{ schema }}.ensure_index('ix_transport_lanes_sites', $index${{ schema }}.transport_lanes (origin_site_code, destination_site_code)$index$);

select {{ schema }}.ensure_view('transport_lanes__lake', $view$
select
    lane_id,
    origin_site_code,
    destination_site_code,
    transport_mode,
    distance_km::text as distance_km,
    planned_transit_hours::text as planned_transit_hours,
    planned_cost_per_kg::text as planned_cost_per_kg,
    currency,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.transport_lanes
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_transport_lanes() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["lane_id"],
    "physical_key": ["lane_id"],
    "layout": null,
    "columns": [
        {"name": "lane_id", "type": "character varying(40)"},
        {"name": "origin_site_code", "type": "character varying(16)"},
        {"name": "destination_site_code", "type": "character varying(16)"},
        {"name": "transport_mode", "type": "character varying(8)"},
        {"name": "distance_km", "type": "numeric(9,1)"},
        {"name": "planned_transit_hours", "type": "numeric(7,2)"},
        {"name": "planned_cost_per_kg", "type": "numeric(12,4)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
