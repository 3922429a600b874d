{# The tables of plan. Generated from definitions/object_models/control_plane/plan.json: edit that file, not this one. #}
{% macro create_plan(schema) %}
create table if not exists {{ schema }}.source_plan (
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
select {{ schema }}.add_source_columns('source_plan');
select {{ schema }}.lift_raw_seq('source_plan');
select {{ schema }}.ensure_index('ix_plan_unclaimed', $index${{ schema }}.source_plan (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_plan_claimed', $index${{ schema }}.source_plan (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_plan_unarchived', $index${{ schema }}.source_plan (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_plan_ingested', $index${{ schema }}.source_plan (ingested_at)$index$);
select {{ schema }}.ensure_view('source_plan__lake', $view$
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
from {{ schema }}.source_plan
$view$);

select {{ schema }}.ensure_shape('plan', $shape${{ shape_of_plan() }}$shape$);

create table if not exists {{ schema }}.rejected_plan (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.plan (
    plan varchar(32) not null,
    display_name varchar(80),
    price_usd_month numeric(10,2),
    included_users integer,
    included_connectors integer,
    retention_days integer,
    is_sold boolean,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (plan)
);

select {{ schema }}.ensure_view('plan__lake', $view$
select
    plan,
    display_name,
    price_usd_month::text as price_usd_month,
    included_users,
    included_connectors,
    retention_days,
    is_sold,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.plan
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_plan() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["plan"],
    "physical_key": ["plan"],
    "layout": null,
    "columns": [
        {"name": "plan", "type": "character varying(32)"},
        {"name": "display_name", "type": "character varying(80)"},
        {"name": "price_usd_month", "type": "numeric(10,2)"},
        {"name": "included_users", "type": "integer"},
        {"name": "included_connectors", "type": "integer"},
        {"name": "retention_days", "type": "integer"},
        {"name": "is_sold", "type": "boolean"}
    ]
}
{% endmacro %}
