-- One row per claimed raw record of campaign_spend, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketing/campaign_spend.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('marketing', 'source_campaign_spend') }}
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
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'campaign_id' as campaign_id,
        _payload ->> 'channel_code' as channel_code,
        nullif(_payload ->> 'spend_date', '') as spend_date,
        coalesce(nullif(_payload ->> 'impressions', ''), '0') as impressions,
        coalesce(nullif(_payload ->> 'clicks', ''), '0') as clicks,
        nullif(_payload ->> 'cost_usd', '') as cost_usd
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.tenant_id,
        typed.campaign_id,
        typed.channel_code,
        typed.spend_date,
        typed.impressions,
        typed.clicks,
        typed.cost_usd,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('campaign_id', 'varchar(64)', required=true) }},
                {{ cast_fault('channel_code', 'varchar(32)', required=true) }},
                {{ cast_fault('spend_date', 'date', required=true) }},
                {{ cast_fault('impressions', 'bigint', required=true) }},
                {{ cast_fault('clicks', 'bigint', required=true) }},
                {{ cast_fault('cost_usd', 'numeric(14,4)', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.campaign_id', 'varchar(64)') }} as campaign_id,
            {{ cast_or_null('sent.channel_code', 'varchar(32)') }} as channel_code,
            {{ cast_or_null('sent.spend_date', 'date') }} as spend_date,
            {{ cast_or_null('sent.impressions', 'bigint') }} as impressions,
            {{ cast_or_null('sent.clicks', 'bigint') }} as clicks,
            {{ cast_or_null('sent.cost_usd', 'numeric(14,4)') }} as cost_usd
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        tenant_id,
        campaign_id,
        channel_code,
        spend_date,
        impressions,
        clicks,
        cost_usd,
        _cast_faults || array_remove(array[
            case
                when not (impressions >= 0)
                    then 'impressions: expected at least 0'
            end,
            case
                when not (clicks >= 0)
                    then 'clicks: expected at least 0'
            end,
            case
                when not (cost_usd >= 0)
                    then 'cost_usd: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (clicks <= impressions)
                    then 'clicks: does not hold: clicks <= impressions'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    campaign_id,
    channel_code,
    spend_date,
    impressions,
    clicks,
    cost_usd,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('campaign_spend') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
