{# The tables of cloud_charges. Generated from definitions/object_models/finance/cloud_charges.json: edit that file, not this one. #}
{% macro create_cloud_charges(schema) %}
create table if not exists {{ schema }}.source_cloud_charges (
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
select {{ schema }}.add_source_columns('source_cloud_charges');
select {{ schema }}.lift_raw_seq('source_cloud_charges');
select {{ schema }}.ensure_index('ix_cloud_charges_unclaimed', $index${{ schema }}.source_cloud_charges (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_cloud_charges_claimed', $index${{ schema }}.source_cloud_charges (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_cloud_charges_unarchived', $index${{ schema }}.source_cloud_charges (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_cloud_charges_ingested', $index${{ schema }}.source_cloud_charges (ingested_at)$index$);
select {{ schema }}.ensure_view('source_cloud_charges__lake', $view$
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
from {{ schema }}.source_cloud_charges
$view$);

select {{ schema }}.ensure_shape('cloud_charges', $shape${{ shape_of_cloud_charges() }}$shape$);

create table if not exists {{ schema }}.rejected_cloud_charges (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'cloud_charges', 'auto', 'charge_period_start', '1 month', true, $table$
    charge_id bigint not null,
    provider_name varchar(60),
    billing_account_id varchar(40),
    sub_account_name varchar(80),
    charge_category varchar(12),
    service_category varchar(60),
    service_name varchar(120),
    region_id varchar(40),
    billed_cost numeric(30,15),
    effective_cost numeric(30,15),
    list_cost numeric(30,15),
    billing_currency varchar(3),
    consumed_quantity numeric(30,15),
    consumed_unit varchar(40),
    tags_json text,
    is_tagged boolean,
    charge_period_start timestamptz not null,
    charge_period_end timestamptz,
    billing_period_start timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (charge_id, charge_period_start)
$table$);
select {{ schema }}.make_partitions('cloud_charges', '1 month', 3);
select {{ schema }}.ensure_index('ix_cloud_charges_service', $index${{ schema }}.cloud_charges (service_category, charge_period_start)$index$);
select {{ schema }}.ensure_index('ix_cloud_charges_charge_period_start', $index${{ schema }}.cloud_charges using brin (charge_period_start) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('cloud_charges__lake', $view$
select
    charge_id,
    provider_name,
    billing_account_id,
    sub_account_name,
    charge_category,
    service_category,
    service_name,
    region_id,
    billed_cost::text as billed_cost,
    effective_cost::text as effective_cost,
    list_cost::text as list_cost,
    billing_currency,
    consumed_quantity::text as consumed_quantity,
    consumed_unit,
    tags_json,
    is_tagged,
    charge_period_start,
    charge_period_end,
    billing_period_start,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.cloud_charges
    union all
    select * from {{ schema }}.missing_parts('cloud_charges', null::{{ schema }}.cloud_charges)
) as cloud_charges
$view$);
select {{ schema }}.ensure_view('history_cloud_charges', $view$
select
    charge_id,
    provider_name,
    billing_account_id,
    sub_account_name,
    charge_category,
    service_category,
    service_name,
    region_id,
    billed_cost,
    effective_cost,
    list_cost,
    billing_currency,
    consumed_quantity,
    consumed_unit,
    tags_json,
    is_tagged,
    charge_period_start,
    charge_period_end,
    billing_period_start,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('cloud_charges', null::{{ schema }}.cloud_charges)
    union all
    select * from {{ schema }}.cloud_charges
) as cloud_charges
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_cloud_charges() %}
{
    "kind": "event",
    "time_column": "charge_period_start",
    "key": ["charge_id"],
    "physical_key": ["charge_id", "charge_period_start"],
    "layout": null,
    "columns": [
        {"name": "charge_id", "type": "bigint"},
        {"name": "provider_name", "type": "character varying(60)"},
        {"name": "billing_account_id", "type": "character varying(40)"},
        {"name": "sub_account_name", "type": "character varying(80)"},
        {"name": "charge_category", "type": "character varying(12)"},
        {"name": "service_category", "type": "character varying(60)"},
        {"name": "service_name", "type": "character varying(120)"},
        {"name": "region_id", "type": "character varying(40)"},
        {"name": "billed_cost", "type": "numeric(30,15)"},
        {"name": "effective_cost", "type": "numeric(30,15)"},
        {"name": "list_cost", "type": "numeric(30,15)"},
        {"name": "billing_currency", "type": "character varying(3)"},
        {"name": "consumed_quantity", "type": "numeric(30,15)"},
        {"name": "consumed_unit", "type": "character varying(40)"},
        {"name": "tags_json", "type": "text"},
        {"name": "is_tagged", "type": "boolean"},
        {"name": "charge_period_start", "type": "timestamp with time zone"},
        {"name": "charge_period_end", "type": "timestamp with time zone"},
        {"name": "billing_period_start", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
