{{ config(materialized='view') }}

-- One row per campaign_id and channel_code and spend_date: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/marketing/campaign_spend.json: edit that file, not this one.
-- depends_on: {{ ref('campaign_spend') }}
with everything as (
    select
        tenant_id,
        coalesce(
            campaign_id,
            {{ sql_error('archived rows of campaign_spend have no campaign_id; if it was renamed, state renamed_from in the definition') }}
        ) as campaign_id,
        coalesce(
            channel_code,
            {{ sql_error('archived rows of campaign_spend have no channel_code; if it was renamed, state renamed_from in the definition') }}
        ) as channel_code,
        coalesce(
            spend_date,
            {{ sql_error('archived rows of campaign_spend have no spend_date; if it was renamed, state renamed_from in the definition') }}
        ) as spend_date,
        impressions,
        clicks,
        cost_usd,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_campaign_spend') }}
    union all
    {% if target.type == 'spark' %}
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('campaign_spend', 'hot') }} as hot
    {% else %}
    select
        cast(tenant_id as uuid) as tenant_id,
        cast(campaign_id as varchar) as campaign_id,
        cast(channel_code as varchar) as channel_code,
        cast(spend_date as date) as spend_date,
        cast(impressions as bigint) as impressions,
        cast(clicks as bigint) as clicks,
        cast(cost_usd as decimal(14, 4)) as cost_usd,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('campaign_spend') }}
    {% endif %}
),

ranked as (
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by campaign_id, channel_code, spend_date
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('campaign_spend') }}
