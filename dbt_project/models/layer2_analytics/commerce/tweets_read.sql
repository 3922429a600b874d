{{ config(materialized='view') }}

-- One row per tweet_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/tweets.json: edit that file, not this one.
select
    tweet_id,
    customer_id,
    tweeted_at,
    content,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('tweets') }}
where not _deleted
