{# The tables of logistics_sites. Generated from definitions/object_models/logistics/logistics_sites.json: edit that file, not this one. #}
{% macro create_logistics_sites(schema) %}
create table if not exists {{ schema }}.source_logistics_sites (
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
select {{ schema }}.add_source_columns('source_logistics_sites');
select {{ schema }}.lift_raw_seq('source_logistics_sites');
select {{ schema }}.ensure_index('ix_logistics_sites_unclaimed', $index${{ schema }}.source_logistics_sites (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_logistics_sites_claimed', $index${{ schema }}.source_logistics_sites (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_logistics_sites_unarchived', $index${{ schema }}.source_logistics_sites (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_logistics_sites_ingested', $index${{ schema }}.source_logistics_sites (ingested_at)$index$);
select {{ schema }}.ensure_view('source_logistics_sites__lake', $view$
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
from {{ schema }}.source_logistics_sites
$view$);

select {{ schema }}.ensure_shape('logistics_sites', $shape${{ shape_of_logistics_sites() }}$shape$);

create table if not exists {{ schema }}.rejected_logistics_sites (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.logistics_sites (
    site_code varchar(16) not null,
    site_name varchar(120),
    site_type varchar(16),
    country_code varchar(2),
    city varchar(80),
    latitude numeric(9,6),
    longitude numeric(9,6),
    time_zone varchar(48),
    is_owned boolean,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (site_code)
);

select {{ schema }}.ensure_view('logistics_sites__lake', $view$
select
    site_code,
    site_name,
    site_type,
    country_code,
    city,
    latitude::text as latitude,
    longitude::text as longitude,
    time_zone,
    is_owned,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.logistics_sites
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_logistics_sites() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["site_code"],
    "physical_key": ["site_code"],
    "layout": null,
    "columns": [
        {"name": "site_code", "type": "character varying(16)"},
        {"name": "site_name", "type": "character varying(120)"},
        {"name": "site_type", "type": "character varying(16)"},
        {"name": "country_code", "type": "character varying(2)"},
        {"name": "city", "type": "character varying(80)"},
        {"name": "latitude", "type": "numeric(9,6)"},
        {"name": "longitude", "type": "numeric(9,6)"},
        {"name": "time_zone", "type": "character varying(48)"},
        {"name": "is_owned", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
