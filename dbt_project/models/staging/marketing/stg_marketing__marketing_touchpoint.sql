-- One row per claimed raw record of marketing_touchpoint, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketing/marketing_touchpoint.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('marketing', 'source_marketing_touchpoint') }}
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
        nullif(_payload ->> 'touchpoint_id', '') as touchpoint_id,
        nullif(_payload ->> 'touched_at', '') as touched_at,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        nullif(_payload ->> 'contact_id', '') as contact_id,
        _payload ->> 'campaign_id' as campaign_id,
        _payload ->> 'channel_code' as channel_code,
        _payload ->> 'interaction' as interaction,
        _payload ->> 'asset' as asset
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.touchpoint_id,
        typed.touched_at,
        typed.tenant_id,
        typed.contact_id,
        typed.campaign_id,
        typed.channel_code,
        typed.interaction,
        typed.asset,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('touchpoint_id', 'uuid', required=true) }},
                {{ cast_fault('touched_at', 'timestamptz', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('contact_id', 'uuid') }},
                {{ cast_fault('campaign_id', 'varchar(64)') }},
                {{ cast_fault('channel_code', 'varchar(32)', required=true) }},
                {{ cast_fault('interaction', 'varchar(24)', required=true) }},
                {{ cast_fault('asset', 'varchar(255)') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.touchpoint_id', 'uuid') }} as touchpoint_id,
            {{ cast_or_null('sent.touched_at', 'timestamptz') }} as touched_at,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.contact_id', 'uuid') }} as contact_id,
            {{ cast_or_null('sent.campaign_id', 'varchar(64)') }} as campaign_id,
            {{ cast_or_null('sent.channel_code', 'varchar(32)') }} as channel_code,
            {{ cast_or_null('sent.interaction', 'varchar(24)') }} as interaction,
            {{ cast_or_null('sent.asset', 'varchar(255)') }} as asset
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        touchpoint_id,
        touched_at,
        tenant_id,
        contact_id,
        campaign_id,
        channel_code,
        interaction,
        asset,
        _cast_faults || array_remove(array[
            case
                when not (interaction in ('sent', 'delivered', 'opened', 'clicked', 'visited', 'registered', 'attended', 'replied', 'bounced'))
                    then 'interaction: expected one of sent, delivered, opened, clicked, visited, registered, attended, replied, bounced'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    touchpoint_id,
    touched_at,
    tenant_id,
    contact_id,
    campaign_id,
    channel_code,
    interaction,
    asset,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketing_touchpoint') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 1, 2)::numeric(3, 2) as _quality_score
from judged
