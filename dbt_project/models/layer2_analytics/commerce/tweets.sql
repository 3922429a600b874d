{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['tweet_id', 'tweeted_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('tweets') }}",
        post_hook="{{ close_batch('tweets', ref('stg_commerce__tweets'), ref('rejected_tweets')) }}",
    )
}}

-- One row per tweet_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/tweets.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_tweets') }}
with accepted as (
    select
        tweet_id,
        customer_id,
        tweeted_at,
        content,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by tweet_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__tweets') }}
    where _errors = '{}' and {{ in_open_batch('tweets') }}
),

known as (
    select distinct on (tweet_id)
        tweet_id,
        customer_id,
        tweeted_at,
        content,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            tweet_id,
            customer_id,
            tweeted_at,
            content,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (tweet_id) in (
            select accepted.tweet_id
            from accepted
        )
        union all
        select
            tweet_id,
            customer_id,
            tweeted_at,
            content,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('tweets') }} as cold
        where (tweet_id) in (
            select accepted.tweet_id
            from accepted
        )
    ) as standing
    order by tweet_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.tweet_id = known.tweet_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.tweet_id,
        earlier.customer_id,
        earlier.tweeted_at,
        earlier.content,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.tweet_id = earlier.tweet_id
    where earlier.tweeted_at <> newest.tweeted_at and not earlier._deleted
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
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
select
    tweet_id,
    customer_id,
    tweeted_at,
    content,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
