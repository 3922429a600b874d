{# The tables of marketing_channel. Generated from definitions/object_models/marketing/marketing_channel.json: edit that file, not this one. #}
{% macro create_marketing_channel(schema) %}
create table if not exists {{ schema }}.source_marketing_channel (
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
select {{ schema }}.add_source_columns('source_marketing_channel');
select {{ schema }}.lift_raw_seq('source_marketing_channel');
select {{ schema }}.ensure_index('ix_marketing_channel_unclaimed', $index${{ schema }}.source_marketing_channel (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketing_channel_claimed', $index${{ schema }}.source_marketing_channel (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketing_channel_unarchived', $index${{ schema }}.source_marketing_channel (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketing_channel_ingested', $index${{ schema }}.source_marketing_channel (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketing_channel__lake', $view$
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
from {{ schema }}.source_marketing_channel
$view$);

select {{ schema }}.ensure_shape('marketing_channel', $shape${{ shape_of_marketing_channel() }}$shape$);

create table if not exists {{ schema }}.rejected_marketing_channel (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.marketing_channel (
    channel_code varchar(32) not null,
    channel_name varchar(80),
    is_paid boolean,
    needs_consent boolean,
    partner_central_name varchar(80),
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (channel_code)
);

select {{ schema }}.ensure_view('marketing_channel__lake', $view$
select
    channel_code,
    channel_name,
    is_paid,
    needs_consent,
    partner_central_name,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.marketing_channel
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketing_channel() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["channel_code"],
    "physical_key": ["channel_code"],
    "layout": null,
    "columns": [
        {"name": "channel_code", "type": "character varying(32)"},
        {"name": "channel_name", "type": "character varying(80)"},
        {"name": "is_paid", "type": "boolean"},
        {"name": "needs_consent", "type": "boolean"},
        {"name": "partner_central_name", "type": "character varying(80)"}
    ]
}
{% endmacro %}
