-- One row per claimed raw record of engagement_member, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/engagement_member.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('partner_central', 'source_engagement_member') }}
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
        coalesce(nullif(_payload ->> 'tenant_id', ''), '00000000-0000-0000-0000-000000000000') as tenant_id,
        _payload ->> 'EngagementIdentifier' as engagement_id,
        _payload ->> 'AccountId' as account_id,
        _payload ->> 'CompanyName' as company_name,
        _payload ->> 'WebsiteUrl' as website_url,
        nullif(_payload ->> 'JoinedAt', '') as joined_at,
        nullif(_payload ->> 'LeftAt', '') as left_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.tenant_id,
        typed.engagement_id,
        typed.account_id,
        typed.company_name,
        typed.website_url,
        typed.joined_at,
        typed.left_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('engagement_id', 'varchar(40)', required=true) }},
                {{ cast_fault('account_id', 'varchar(12)', required=true) }},
                {{ cast_fault('company_name', 'varchar(200)', required=true) }},
                {{ cast_fault('website_url', 'varchar(255)') }},
                {{ cast_fault('joined_at', 'timestamptz', required=true) }},
                {{ cast_fault('left_at', 'timestamptz') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.engagement_id', 'varchar(40)') }} as engagement_id,
            {{ cast_or_null('sent.account_id', 'varchar(12)') }} as account_id,
            {{ cast_or_null('sent.company_name', 'varchar(200)') }} as company_name,
            {{ cast_or_null('sent.website_url', 'varchar(255)') }} as website_url,
            {{ cast_or_null('sent.joined_at', 'timestamptz') }} as joined_at,
            {{ cast_or_null('sent.left_at', 'timestamptz') }} as left_at
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
        tenant_id,
        engagement_id,
        account_id,
        company_name,
        website_url,
        joined_at,
        left_at,
        _cast_faults || array_remove(array[
            case
                when not (account_id ~ '^[0-9]{12}$')
                    then 'account_id: does not fit ^[0-9]{12}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (left_at is null or left_at >= joined_at)
                    then 'left_at: does not hold: left_at is null or left_at >= joined_at'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    engagement_id,
    account_id,
    company_name,
    website_url,
    joined_at,
    left_at,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('engagement_member') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
