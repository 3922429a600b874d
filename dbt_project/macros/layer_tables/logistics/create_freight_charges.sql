{# The tables of freight_charges. Generated from definitions/object_models/logistics/freight_charges.json: edit that file, not this one. #}
{% macro create_freight_charges(schema) %}
create table if not exists {{ schema }}.source_freight_charges (
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
select {{ schema }}.add_source_columns('source_freight_charges');
select {{ schema }}.lift_raw_seq('source_freight_charges');
select {{ schema }}.ensure_index('ix_freight_charges_unclaimed', $index${{ schema }}.source_freight_charges (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_freight_charges_claimed', $index${{ schema }}.source_freight_charges (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_freight_charges_unarchived', $index${{ schema }}.source_freight_charges (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_freight_charges_ingested', $index${{ schema }}.source_freight_charges (ingested_at)$index$);
select {{ schema }}.ensure_view('source_freight_charges__lake', $view$
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
from {{ schema }}.source_freight_charges
$view$);

select {{ schema }}.ensure_shape('freight_charges', $shape${{ shape_of_freight_charges() }}$shape$);

create table if not exists {{ schema }}.rejected_freight_charges (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'freight_charges', 'auto', 'charged_on', '1 month', true, $table$
    charge_id varchar(40) not null,
    shipment_id uuid,
    carrier_code varchar(4),
    charge_type varchar(12),
    amount numeric(14,2),
    currency varchar(3),
    is_disputed boolean,
    charged_on date not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (charge_id, charged_on)
$table$);
select {{ schema }}.make_partitions('freight_charges', '1 month', 3);
select {{ schema }}.ensure_index('ix_freight_charges_shipment', $index${{ schema }}.freight_charges (shipment_id)$index$);
select {{ schema }}.ensure_index('ix_freight_charges_charged_on', $index${{ schema }}.freight_charges using brin (charged_on) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('freight_charges__lake', $view$
select
    charge_id,
    shipment_id,
    carrier_code,
    charge_type,
    amount::text as amount,
    currency,
    is_disputed,
    charged_on,
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
    select * from {{ schema }}.freight_charges
    union all
    select * from {{ schema }}.missing_parts('freight_charges', null::{{ schema }}.freight_charges)
) as freight_charges
$view$);
select {{ schema }}.ensure_view('history_freight_charges', $view$
select
    charge_id,
    shipment_id,
    carrier_code,
    charge_type,
    amount,
    currency,
    is_disputed,
    charged_on,
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
    select * from {{ schema }}.missing_rows('freight_charges', null::{{ schema }}.freight_charges)
    union all
    select * from {{ schema }}.freight_charges
) as freight_charges
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_freight_charges() %}
{
    "kind": "event",
    "time_column": "charged_on",
    "key": ["charge_id"],
    "physical_key": ["charge_id", "charged_on"],
    "layout": null,
    "columns": [
        {"name": "charge_id", "type": "character varying(40)"},
        {"name": "shipment_id", "type": "uuid"},
        {"name": "carrier_code", "type": "character varying(4)"},
        {"name": "charge_type", "type": "character varying(12)"},
        {"name": "amount", "type": "numeric(14,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "is_disputed", "type": "boolean"},
        {"name": "charged_on", "type": "date"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
