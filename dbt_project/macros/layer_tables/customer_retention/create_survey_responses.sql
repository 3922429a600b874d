{# The tables of survey_responses. Generated from definitions/object_models/customer_retention/survey_responses.json: edit that file, not this one. #}
{% macro create_survey_responses(schema) %}
create table if not exists {{ schema }}.source_survey_responses (
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
select {{ schema }}.add_source_columns('source_survey_responses');
select {{ schema }}.lift_raw_seq('source_survey_responses');
select {{ schema }}.ensure_index('ix_survey_responses_unclaimed', $index${{ schema }}.source_survey_responses (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_survey_responses_claimed', $index${{ schema }}.source_survey_responses (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_survey_responses_unarchived', $index${{ schema }}.source_survey_responses (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_survey_responses_ingested', $index${{ schema }}.source_survey_responses (ingested_at)$index$);
select {{ schema }}.ensure_view('source_survey_responses__lake', $view$
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
from {{ schema }}.source_survey_responses
$view$);

select {{ schema }}.ensure_shape('survey_responses', $shape${{ shape_of_survey_responses() }}$shape$);

create table if not exists {{ schema }}.rejected_survey_responses (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'survey_responses', 'auto', 'answered_at', '1 month', true, $table$
    response_id varchar(32) not null,
    customer_id uuid,
    recommend_score smallint,
    nps_group varchar(10),
    comment text,
    answered_at timestamptz not null,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (response_id, answered_at)
$table$);
select {{ schema }}.make_partitions('survey_responses', '1 month', 3);
select {{ schema }}.ensure_index('ix_survey_responses_customer', $index${{ schema }}.survey_responses (customer_id)$index$);
select {{ schema }}.ensure_index('ix_survey_responses_answered_at', $index${{ schema }}.survey_responses using brin (answered_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('survey_responses__lake', $view$
select
    response_id,
    customer_id,
    recommend_score,
    nps_group,
    left(comment::text, (length(comment::text) > 3)::int) || '***' as comment,
    answered_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.survey_responses
    union all
    select * from {{ schema }}.missing_parts('survey_responses', null::{{ schema }}.survey_responses)
) as survey_responses
$view$);
select {{ schema }}.ensure_view('history_survey_responses', $view$
select
    response_id,
    customer_id,
    recommend_score,
    nps_group,
    left(comment::text, (length(comment::text) > 3)::int) || '***' as comment,
    answered_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('survey_responses', null::{{ schema }}.survey_responses)
    union all
    select * from {{ schema }}.survey_responses
) as survey_responses
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_survey_responses() %}
{
    "kind": "event",
    "time_column": "answered_at",
    "key": ["response_id"],
    "physical_key": ["response_id", "answered_at"],
    "layout": null,
    "columns": [
        {"name": "response_id", "type": "character varying(32)"},
        {"name": "customer_id", "type": "uuid"},
        {"name": "recommend_score", "type": "smallint"},
        {"name": "nps_group", "type": "character varying(10)"},
        {"name": "comment", "type": "text"},
        {"name": "answered_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}
