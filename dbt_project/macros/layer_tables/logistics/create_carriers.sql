{# The tables of carriers. Generated from definitions/object_models/logistics/carriers.json: edit that file, not this one. #}
{% macro create_carriers(schema) %}
create table if not exists {{ schema }}.source_carriers (
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
select {{ schema }}.add_source_columns('source_carriers');
select {{ schema }}.lift_raw_seq('source_carriers');
select {{ schema }}.ensure_index('ix_carriers_unclaimed', $index${{ schema }}.source_carriers (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_carriers_claimed', $index${{ schema }}.source_carriers (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_carriers_unarchived', $index${{ schema }}.source_carriers (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_carriers_ingested', $index${{ schema }}.source_carriers (ingested_at)$index$);
select {{ schema }}.ensure_view('source_carriers__lake', $view$
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
from {{ schema }}.source_carriers
$view$);

select {{ schema }}.ensure_shape('carriers', $shape${{ shape_of_carriers() }}$shape$);

create table if not exists {{ schema }}.rejected_carriers (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.carriers (
    carrier_code varchar(4) not null,
    carrier_name varchar(120),
    transport_mode varchar(8),
    is_active boolean,
    contract_until date,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (carrier_code)
);

select {{ schema }}.ensure_view('carriers__lake', $view$
select
    carrier_code,
    carrier_name,
    transport_mode,
    is_active,
    contract_until,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.carriers
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_carriers() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["carrier_code"],
    "physical_key": ["carrier_code"],
    "layout": null,
    "columns": [
        {"name": "carrier_code", "type": "character varying(4)"},
        {"name": "carrier_name", "type": "character varying(120)"},
        {"name": "transport_mode", "type": "character varying(8)"},
        {"name": "is_active", "type": "boolean"},
        {"name": "contract_until", "type": "date"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
