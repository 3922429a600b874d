{# The tables of focus_cost_line. Generated from definitions/object_models/marketplace/focus_cost_line.json: edit that file, not this one. #}
{% macro create_focus_cost_line(schema) %}
create table if not exists {{ schema }}.source_focus_cost_line (
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
select {{ schema }}.add_source_columns('source_focus_cost_line');
select {{ schema }}.lift_raw_seq('source_focus_cost_line');
select {{ schema }}.ensure_index('ix_focus_cost_line_unclaimed', $index${{ schema }}.source_focus_cost_line (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_focus_cost_line_claimed', $index${{ schema }}.source_focus_cost_line (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_focus_cost_line_unarchived', $index${{ schema }}.source_focus_cost_line (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_focus_cost_line_ingested', $index${{ schema }}.source_focus_cost_line (ingested_at)$index$);
select {{ schema }}.ensure_view('source_focus_cost_line__lake', $view$
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
from {{ schema }}.source_focus_cost_line
$view$);

select {{ schema }}.ensure_shape('focus_cost_line', $shape${{ shape_of_focus_cost_line() }}$shape$);

create table if not exists {{ schema }}.rejected_focus_cost_line (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'focus_cost_line', 'auto', 'charge_period_start', '1 month', true, $table$
    tenant_id uuid,
    line_id varchar(64) not null,
    charge_period_start timestamptz not null,
    charge_period_end timestamptz,
    billing_period_start timestamptz,
    provider_name varchar(80),
    publisher_name varchar(120),
    billing_account_id varchar(120),
    sub_account_id varchar(120),
    service_category varchar(60),
    service_name varchar(120),
    region_id varchar(40),
    availability_zone varchar(60),
    resource_id varchar(255),
    sku_id varchar(80),
    charge_category varchar(20),
    charge_frequency varchar(20),
    charge_description text,
    pricing_category varchar(20),
    commitment_discount_status varchar(16),
    billing_currency varchar(3),
    billed_cost numeric(30,15),
    effective_cost numeric(30,15),
    list_cost numeric(30,15),
    contracted_cost numeric(30,15),
    consumed_quantity numeric(38,15),
    consumed_unit varchar(40),
    tags_text text,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (line_id, charge_period_start)
$table$);
select {{ schema }}.make_partitions('focus_cost_line', '1 month', 3);
select {{ schema }}.ensure_index('ix_focus_cost_line_service', $index${{ schema }}.focus_cost_line (service_name, charge_period_start)$index$);
select {{ schema }}.ensure_index('ix_focus_cost_line_sub_account_id', $index${{ schema }}.focus_cost_line (sub_account_id)$index$);
select {{ schema }}.ensure_index('ix_focus_cost_line_charge_period_start', $index${{ schema }}.focus_cost_line using brin (charge_period_start) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('focus_cost_line__lake', $view$
select
    tenant_id,
    line_id,
    charge_period_start,
    charge_period_end,
    billing_period_start,
    provider_name,
    publisher_name,
    billing_account_id,
    sub_account_id,
    service_category,
    service_name,
    region_id,
    availability_zone,
    resource_id,
    sku_id,
    charge_category,
    charge_frequency,
    charge_description,
    pricing_category,
    commitment_discount_status,
    billing_currency,
    billed_cost::text as billed_cost,
    effective_cost::text as effective_cost,
    list_cost::text as list_cost,
    contracted_cost::text as contracted_cost,
    consumed_quantity::text as consumed_quantity,
    consumed_unit,
    tags_text,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.focus_cost_line
    union all
    select * from {{ schema }}.missing_parts('focus_cost_line', null::{{ schema }}.focus_cost_line)
) as focus_cost_line
$view$);
select {{ schema }}.ensure_view('history_focus_cost_line', $view$
select
    tenant_id,
    line_id,
    charge_period_start,
    charge_period_end,
    billing_period_start,
    provider_name,
    publisher_name,
    billing_account_id,
    sub_account_id,
    service_category,
    service_name,
    region_id,
    availability_zone,
    resource_id,
    sku_id,
    charge_category,
    charge_frequency,
    charge_description,
    pricing_category,
    commitment_discount_status,
    billing_currency,
    billed_cost,
    effective_cost,
    list_cost,
    contracted_cost,
    consumed_quantity,
    consumed_unit,
    tags_text,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('focus_cost_line', null::{{ schema }}.focus_cost_line)
    union all
    select * from {{ schema }}.focus_cost_line
) as focus_cost_line
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_focus_cost_line() %}
{
    "kind": "event",
    "time_column": "charge_period_start",
    "key": ["charge_period_start", "line_id"],
    "physical_key": ["line_id", "charge_period_start"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "line_id", "type": "character varying(64)"},
        {"name": "charge_period_start", "type": "timestamp with time zone"},
        {"name": "charge_period_end", "type": "timestamp with time zone"},
        {"name": "billing_period_start", "type": "timestamp with time zone"},
        {"name": "provider_name", "type": "character varying(80)"},
        {"name": "publisher_name", "type": "character varying(120)"},
        {"name": "billing_account_id", "type": "character varying(120)"},
        {"name": "sub_account_id", "type": "character varying(120)"},
        {"name": "service_category", "type": "character varying(60)"},
        {"name": "service_name", "type": "character varying(120)"},
        {"name": "region_id", "type": "character varying(40)"},
        {"name": "availability_zone", "type": "character varying(60)"},
        {"name": "resource_id", "type": "character varying(255)"},
        {"name": "sku_id", "type": "character varying(80)"},
        {"name": "charge_category", "type": "character varying(20)"},
        {"name": "charge_frequency", "type": "character varying(20)"},
        {"name": "charge_description", "type": "text"},
        {"name": "pricing_category", "type": "character varying(20)"},
        {"name": "commitment_discount_status", "type": "character varying(16)"},
        {"name": "billing_currency", "type": "character varying(3)"},
        {"name": "billed_cost", "type": "numeric(30,15)"},
        {"name": "effective_cost", "type": "numeric(30,15)"},
        {"name": "list_cost", "type": "numeric(30,15)"},
        {"name": "contracted_cost", "type": "numeric(30,15)"},
        {"name": "consumed_quantity", "type": "numeric(38,15)"},
        {"name": "consumed_unit", "type": "character varying(40)"},
        {"name": "tags_text", "type": "text"}
    ]
}
{% endmacro %}
