{# The tables of tweets. Generated from definitions/object_models/commerce/tweets.json: edit that file, not this one. #}
{% macro create_tweets(schema) %}
create table if not exists {{ schema }}.source_tweets (
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
select {{ schema }}.add_source_columns('source_tweets');
select {{ schema }}.lift_raw_seq('source_tweets');
select {{ schema }}.ensure_index('ix_tweets_unclaimed', $index${{ schema }}.source_tweets (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_tweets_claimed', $index${{ schema }}.source_tweets (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_tweets_unarchived', $index${{ schema }}.source_tweets (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_tweets_ingested', $index${{ schema }}.source_tweets (ingested_at)$index$);
select {{ schema }}.ensure_view('source_tweets__lake', $view$
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
from {{ schema }}.source_tweets
$view$);

select {{ schema }}.ensure_shape('tweets', $shape${{ shape_of_tweets() }}$shape$);

create table if not exists {{ schema }}.rejected_tweets (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'tweets', 'auto', 'tweeted_at', '1 month', true, $table$
    tweet_id uuid not null,
    customer_id uuid,
    tweeted_at timestamptz not null,
    content text,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (tweet_id, tweeted_at)
$table$);
select {{ schema }}.make_partitions('tweets', '1 month', 3);
select {{ schema }}.ensure_index('ix_tweets_customer', $index${{ schema }}.tweets (customer_id, tweeted_at)$index$);
select {{ schema }}.ensure_index('ix_tweets_tweeted_at', $index${{ schema }}.tweets using brin (tweeted_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('tweets__lake', $view$
select
    tweet_id,
    customer_id,
    tweeted_at,
    content,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.tweets
    union all
    select * from {{ schema }}.missing_parts('tweets', null::{{ schema }}.tweets)
) as tweets
$view$);
select {{ schema }}.ensure_view('history_tweets', $view$
select
    tweet_id,
    customer_id,
    tweeted_at,
    content,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('tweets', null::{{ schema }}.tweets)
    union all
    select * from {{ schema }}.tweets
) as tweets
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_tweets() %}
{
    "kind": "event",
    "time_column": "tweeted_at",
    "key": ["tweet_id"],
    "physical_key": ["tweet_id", "tweeted_at"],
    "layout": null,
    "columns": [
        {"name": "tweet_id", "type": "uuid"},
        {"name": "customer_id", "type": "uuid"},
        {"name": "tweeted_at", "type": "timestamp with time zone"},
        {"name": "content", "type": "text"}
    ]
}
{% endmacro %}
