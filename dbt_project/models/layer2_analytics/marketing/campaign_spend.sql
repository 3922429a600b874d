{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['campaign_id', 'channel_code', 'spend_date'],
        full_refresh=false,
        pre_hook="{{ lock_batch('campaign_spend') }}",
        post_hook="{{ close_batch('campaign_spend', ref('stg_marketing__campaign_spend'), ref('rejected_campaign_spend')) }}",
    )
}}

-- One row per campaign_id and channel_code and spend_date: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketing/campaign_spend.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_campaign_spend') }}
with accepted as (
    select
        tenant_id,
        campaign_id,
        channel_code,
        spend_date,
        impressions,
        clicks,
        cost_usd,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by campaign_id, channel_code, spend_date
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketing__campaign_spend') }}
    where _errors = '{}' and {{ in_open_batch('campaign_spend') }}
),

known as (
    select distinct on (campaign_id, channel_code, spend_date)
        tenant_id,
        campaign_id,
        channel_code,
        spend_date,
        impressions,
        clicks,
        cost_usd,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            tenant_id,
            campaign_id,
            channel_code,
            spend_date,
            impressions,
            clicks,
            cost_usd,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (campaign_id, channel_code, spend_date) in (
            select
                accepted.campaign_id,
                accepted.channel_code,
                accepted.spend_date
            from accepted
        )
        union all
        select
            tenant_id,
            campaign_id,
            channel_code,
            spend_date,
            impressions,
            clicks,
            cost_usd,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('campaign_spend') }} as cold
        where (campaign_id, channel_code, spend_date) in (
            select
                accepted.campaign_id,
                accepted.channel_code,
                accepted.spend_date
            from accepted
        )
    ) as standing
    order by campaign_id, channel_code, spend_date, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.campaign_id = known.campaign_id
            and accepted.channel_code = known.channel_code
            and accepted.spend_date = known.spend_date
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    tenant_id,
    campaign_id,
    channel_code,
    spend_date,
    impressions,
    clicks,
    cost_usd,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
