{{ config(materialized='view') }}

-- One row per row of tweets that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/commerce/tweets.json: edit that file, not this one.
-- depends_on: {{ ref('tweets') }}
{% set files = archived_files('tweets') %}
select
    cast(tweet_id as UUID) as tweet_id,
    cast(customer_id as UUID) as customer_id,
    cast(tweeted_at as TIMESTAMPTZ) as tweeted_at,
    cast(content as VARCHAR) as content,
    cast(_raw_seq as BIGINT) as _raw_seq,
    cast(_source_order as BIGINT) as _source_order,
    cast(_deleted as BOOLEAN) as _deleted,
    cast(_batch_id as BIGINT) as _batch_id,
    cast(_loaded_at as TIMESTAMPTZ) as _loaded_at,
    cast(_definition_version as INTEGER) as _definition_version,
    cast(_quality_issues as VARCHAR) as _quality_issues,
    cast(_quality_score as DECIMAL(3,2)) as _quality_score
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::UUID as tweet_id,
        null::UUID as customer_id,
        null::TIMESTAMPTZ as tweeted_at,
        null::VARCHAR as content,
        null::BIGINT as _raw_seq,
        null::BIGINT as _source_order,
        null::BOOLEAN as _deleted,
        null::BIGINT as _batch_id,
        null::TIMESTAMPTZ as _loaded_at,
        null::INTEGER as _definition_version,
        null::VARCHAR as _quality_issues,
        null::DECIMAL(3,2) as _quality_score
    where false
{% if files %}
    union all by name
    select *
    from read_parquet([{{ files | join(', ') }}], union_by_name = true, hive_partitioning = false)
{% endif %}
) as files
where {{ is_current('tweets') }}
