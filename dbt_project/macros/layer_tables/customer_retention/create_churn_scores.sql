{# The tables of churn_scores. Generated from definitions/object_models/customer_retention/churn_scores.json: edit that file, not this one. #}
{% macro create_churn_scores(schema) %}
create table if not exists {{ schema }}.source_churn_scores (
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
select {{ schema }}.add_source_columns('source_churn_scores');
select {{ schema }}.lift_raw_seq('source_churn_scores');
select {{ schema }}.ensure_index('ix_churn_scores_unclaimed', $index${{ schema }}.source_churn_scores (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_churn_scores_claimed', $index${{ schema }}.source_churn_scores (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_churn_scores_unarchived', $index${{ schema }}.source_churn_scores (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_churn_scores_ingested', $index${{ schema }}.source_churn_scores (ingested_at)$index$);
select {{ schema }}.ensure_view('source_churn_scores__lake', $view$
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
from {{ schema }}.source_churn_scores
$view$);

select {{ schema }}.ensure_shape('churn_scores', $shape${{ shape_of_churn_scores() }}$shape$);

create table if not exists {{ schema }}.rejected_churn_scores (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'churn_scores', 'auto', 'scored_on', '1 month', true, $table$
    customer_id uuid not null,
    model_name varchar(40) not null,
    scored_on date not null,
    churn_probability numeric(6,5),
    top_reason varchar(60),
    has_churned boolean,
    scored_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (customer_id, model_name, scored_on)
$table$);
select {{ schema }}.make_partitions('churn_scores', '1 month', 3);
select {{ schema }}.ensure_index('ix_churn_scores_customer', $index${{ schema }}.churn_scores (customer_id, scored_on)$index$);
select {{ schema }}.ensure_index('ix_churn_scores_scored_on', $index${{ schema }}.churn_scores using brin (scored_on) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('churn_scores__lake', $view$
select
    customer_id,
    model_name,
    scored_on,
    churn_probability::text as churn_probability,
    top_reason,
    has_churned,
    scored_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.churn_scores
    union all
    select * from {{ schema }}.missing_parts('churn_scores', null::{{ schema }}.churn_scores)
) as churn_scores
$view$);
select {{ schema }}.ensure_view('history_churn_scores', $view$
select
    customer_id,
    model_name,
    scored_on,
    churn_probability,
    top_reason,
    has_churned,
    scored_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('churn_scores', null::{{ schema }}.churn_scores)
    union all
    select * from {{ schema }}.churn_scores
) as churn_scores
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_churn_scores() %}
{
    "kind": "event",
    "time_column": "scored_on",
    "key": ["customer_id", "model_name", "scored_on"],
    "physical_key": ["customer_id", "model_name", "scored_on"],
    "layout": null,
    "columns": [
        {"name": "customer_id", "type": "uuid"},
        {"name": "model_name", "type": "character varying(40)"},
        {"name": "scored_on", "type": "date"},
        {"name": "churn_probability", "type": "numeric(6,5)"},
        {"name": "top_reason", "type": "character varying(60)"},
        {"name": "has_churned", "type": "boolean"},
        {"name": "scored_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
