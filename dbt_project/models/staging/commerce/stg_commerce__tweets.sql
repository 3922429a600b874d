-- One row per claimed raw record of tweets, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/tweets.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('commerce', 'source_tweets') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _payload,
        nullif(_payload ->> 'id', '') as tweet_id,
        nullif(_payload ->> 'user_id', '') as customer_id,
        nullif(_payload ->> 'tweeted_at', '') as tweeted_at,
        _payload ->> 'content' as content
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.tweet_id,
        typed.customer_id,
        typed.tweeted_at,
        typed.content,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tweet_id', 'uuid', required=true) }},
                {{ cast_fault('customer_id', 'uuid', required=true) }},
                {{ cast_fault('tweeted_at', 'timestamptz', required=true) }},
                {{ cast_fault('content', 'text', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tweet_id', 'uuid') }} as tweet_id,
            {{ cast_or_null('sent.customer_id', 'uuid') }} as customer_id,
            {{ cast_or_null('sent.tweeted_at', 'timestamptz') }} as tweeted_at,
            {{ cast_or_null('sent.content', 'text') }} as content
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        tweet_id,
        customer_id,
        tweeted_at,
        content,
        _cast_faults || array_remove(array[
            case
                when not (char_length(content) between 1 and 500)
                    then 'content: expected 1 to 500 characters'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tweet_id,
    customer_id,
    tweeted_at,
    content,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('tweets') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 1, 2)::numeric(3, 2) as _quality_score
from judged
