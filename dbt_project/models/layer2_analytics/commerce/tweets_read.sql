{{ config(materialized='view') }}

-- One row per tweet_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/tweets.json: edit that file, not this one.
with tweets as (
    select *
    from {{ ref('tweets') }}
    where not _deleted
),

customer as (
    select
        customer_id,
        customer_name
    from {{ ref('customers') }}
    where not _deleted
)

select
    tweets.tweet_id,
    tweets.customer_id,
    customer.customer_name,
    tweets.tweeted_at,
    tweets.content,
    tweets._loaded_at,
    tweets._quality_issues,
    tweets._quality_score
from tweets
left join customer
    on tweets.customer_id = customer.customer_id
