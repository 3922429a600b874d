{# The tables of budget_lines. Generated from definitions/object_models/finance/budget_lines.json: edit that file, not this one. #}
{% macro create_budget_lines(schema) %}
create table if not exists {{ schema }}.source_budget_lines (
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
select {{ schema }}.add_source_columns('source_budget_lines');
select {{ schema }}.lift_raw_seq('source_budget_lines');
select {{ schema }}.ensure_index('ix_budget_lines_unclaimed', $index${{ schema }}.source_budget_lines (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_budget_lines_claimed', $index${{ schema }}.source_budget_lines (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_budget_lines_unarchived', $index${{ schema }}.source_budget_lines (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_budget_lines_ingested', $index${{ schema }}.source_budget_lines (ingested_at)$index$);
select {{ schema }}.ensure_view('source_budget_lines__lake', $view$
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
from {{ schema }}.source_budget_lines
$view$);

select {{ schema }}.ensure_shape('budget_lines', $shape${{ shape_of_budget_lines() }}$shape$);

create table if not exists {{ schema }}.rejected_budget_lines (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.budget_lines_versions (
    cost_center_code varchar(10),
    account_number varchar(8),
    budget_month date,
    planned_amount numeric(16,2),
    actual_amount numeric(16,2),
    variance numeric(16,2),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    valid_from timestamptz,
    valid_to timestamptz,
    is_current boolean not null default true,
    _correlation_id text,
    primary key (_raw_seq)
);
select {{ schema }}.ensure_index('ix_budget_lines_versions_key', $index${{ schema }}.budget_lines_versions (cost_center_code, account_number, budget_month, valid_from)$index$);

create table if not exists {{ schema }}.budget_lines (
    cost_center_code varchar(10) not null,
    account_number varchar(8) not null,
    budget_month date not null,
    planned_amount numeric(16,2),
    actual_amount numeric(16,2),
    variance numeric(16,2),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (cost_center_code, account_number, budget_month)
);

select {{ schema }}.ensure_view('budget_lines__lake', $view$
select
    cost_center_code,
    account_number,
    budget_month,
    planned_amount::text as planned_amount,
    actual_amount::text as actual_amount,
    variance::text as variance,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.budget_lines
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_budget_lines() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["account_number", "budget_month", "cost_center_code"],
    "physical_key": ["cost_center_code", "account_number", "budget_month"],
    "layout": null,
    "columns": [
        {"name": "cost_center_code", "type": "character varying(10)"},
        {"name": "account_number", "type": "character varying(8)"},
        {"name": "budget_month", "type": "date"},
        {"name": "planned_amount", "type": "numeric(16,2)"},
        {"name": "actual_amount", "type": "numeric(16,2)"},
        {"name": "variance", "type": "numeric(16,2)"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
