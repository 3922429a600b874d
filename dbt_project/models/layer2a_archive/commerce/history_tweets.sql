{{ config(materialized='view') }}

-- One row per tweet_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/commerce/tweets.json: edit that file, not this one.
-- depends_on: {{ ref('tweets') }}
with everything as (
    select
        coalesce(
            tweet_id,
            {{ sql_error('archived rows of tweets have no tweet_id; if it was renamed, state renamed_from in the definition') }}
        ) as tweet_id,
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
    from {{ ref('archive_tweets') }}
    union all
    {% if target.type == 'spark' %}
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
    from {{ handed_over('tweets', 'hot') }} as hot
    {% else %}
    select
        cast(tweet_id as uuid) as tweet_id,
        cast(customer_id as uuid) as customer_id,
        cast(tweeted_at as timestamptz) as tweeted_at,
        cast(content as varchar) as content,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('tweets') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by tweet_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('tweets') }}
