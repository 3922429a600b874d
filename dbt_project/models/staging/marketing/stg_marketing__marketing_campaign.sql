-- One row per claimed raw record of marketing_campaign, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketing/marketing_campaign.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketing', 'source_marketing_campaign') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        {{ correlation_id('_payload', '_run_id') }} as _correlation_id,
        _payload,
        _payload ->> 'campaign_id' as campaign_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'campaign_name' as campaign_name,
        _payload ->> 'objective' as objective,
        _payload ->> 'main_channel' as main_channel,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'start_date', '') as start_date,
        nullif(_payload ->> 'end_date', '') as end_date,
        nullif(_payload ->> 'budget_usd', '') as budget_usd,
        coalesce(nullif(_payload ->> 'uses_vendor_funds', ''), 'false') as uses_vendor_funds,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.campaign_id,
        typed.tenant_id,
        typed.campaign_name,
        typed.objective,
        typed.main_channel,
        typed.status,
        typed.start_date,
        typed.end_date,
        typed.budget_usd,
        typed.uses_vendor_funds,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('campaign_id', 'varchar(64)', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('campaign_name', 'varchar(200)', required=true) }},
                {{ cast_fault('objective', 'varchar(24)', required=true) }},
                {{ cast_fault('main_channel', 'varchar(32)', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('start_date', 'date', required=true) }},
                {{ cast_fault('end_date', 'date') }},
                {{ cast_fault('budget_usd', 'numeric(14,2)') }},
                {{ cast_fault('uses_vendor_funds', 'boolean', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.campaign_id', 'varchar(64)') }} as campaign_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.campaign_name', 'varchar(200)') }} as campaign_name,
            {{ cast_or_null('sent.objective', 'varchar(24)') }} as objective,
            {{ cast_or_null('sent.main_channel', 'varchar(32)') }} as main_channel,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.start_date', 'date') }} as start_date,
            {{ cast_or_null('sent.end_date', 'date') }} as end_date,
            {{ cast_or_null('sent.budget_usd', 'numeric(14,2)') }} as budget_usd,
            {{ cast_or_null('sent.uses_vendor_funds', 'boolean') }} as uses_vendor_funds,
            {{ cast_or_null('sent.updated_at', 'timestamptz') }} as updated_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
        campaign_id,
        tenant_id,
        campaign_name,
        objective,
        main_channel,
        status,
        start_date,
        end_date,
        budget_usd,
        uses_vendor_funds,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (char_length(campaign_name) between 1 and 200)
                    then 'campaign_name: expected 1 to 200 characters'
            end,
            case
                when not (objective in ('awareness', 'leads', 'conversion', 'retention'))
                    then 'objective: expected one of awareness, leads, conversion, retention'
            end,
            case
                when not (status in ('planned', 'running', 'paused', 'ended', 'cancelled'))
                    then 'status: expected one of planned, running, paused, ended, cancelled'
            end,
            case
                when not (budget_usd >= 0)
                    then 'budget_usd: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (end_date is null or end_date >= start_date)
                    then 'end_date: does not hold: end_date is null or end_date >= start_date'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    campaign_id,
    tenant_id,
    campaign_name,
    objective,
    main_channel,
    status,
    start_date,
    end_date,
    budget_usd,
    uses_vendor_funds,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketing_campaign') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
