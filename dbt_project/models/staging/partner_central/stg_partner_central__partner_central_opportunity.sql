-- One row per claimed raw record of partner_central_opportunity, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/partner_central_opportunity.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('partner_central', 'source_partner_central_opportunity') }}
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
        _payload ->> 'Identifier' as pc_opportunity_id,
        _payload #>> '{Project, Title}' as title,
        _payload #>> '{LifeCycle, Stage}' as pc_stage,
        _payload #>> '{LifeCycle, ClosedLostReason}' as closed_lost_reason,
        _payload #>> '{LifeCycle, ReviewStatus}' as pc_review_status,
        _payload ->> 'OpportunityType' as opportunity_type,
        _payload #>> '{Customer, Account, CompanyName}' as customer_company_name,
        _payload #>> '{Customer, Account, AwsAccountId}' as customer_account_id,
        _payload #>> '{Customer, Account, Industry}' as customer_industry,
        _payload #>> '{Customer, Account, Address, CountryCode}' as customer_country_code,
        nullif(_payload -> 'Project' -> 'ExpectedCustomerSpend' -> 0 ->> 'Amount', '') as expected_spend_amount,
        _payload -> 'Project' -> 'ExpectedCustomerSpend' -> 0 ->> 'CurrencyCode' as expected_spend_currency,
        nullif(_payload #>> '{SoftwareRevenue, Value, Amount}', '') as software_revenue_amount,
        nullif(_payload #>> '{LifeCycle, TargetCloseDate}', '') as close_date,
        _payload -> 'RelatedEntityIdentifiers' -> 'Solutions' ->> 0 as partner_solution_id,
        _payload #>> '{Marketing, CampaignName}' as marketing_campaign,
        nullif(nullif(_payload -> 'PrimaryNeedsFromAws', 'null'), '""') as primary_needs,
        nullif(nullif(_payload #> '{Project, DeliveryModels}', 'null'), '""') as delivery_models,
        nullif(_payload ->> 'LastModifiedDate', '') as last_modified_at,
        nullif(_payload, 'null') as payload_json
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
        typed.pc_opportunity_id,
        typed.title,
        typed.pc_stage,
        typed.closed_lost_reason,
        typed.pc_review_status,
        typed.opportunity_type,
        typed.customer_company_name,
        typed.customer_account_id,
        typed.customer_industry,
        typed.customer_country_code,
        typed.expected_spend_amount,
        typed.expected_spend_currency,
        typed.software_revenue_amount,
        typed.close_date,
        typed.partner_solution_id,
        typed.marketing_campaign,
        typed.primary_needs,
        typed.delivery_models,
        typed.last_modified_at,
        typed.payload_json,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('pc_opportunity_id', 'varchar(40)', required=true) }},
                {{ cast_fault('title', 'varchar(255)') }},
                {{ cast_fault('pc_stage', 'varchar(40)', required=true) }},
                {{ cast_fault('closed_lost_reason', 'varchar(80)') }},
                {{ cast_fault('pc_review_status', 'varchar(40)') }},
                {{ cast_fault('opportunity_type', 'varchar(40)') }},
                {{ cast_fault('customer_company_name', 'varchar(200)', required=true) }},
                {{ cast_fault('customer_account_id', 'varchar(12)') }},
                {{ cast_fault('customer_industry', 'varchar(80)') }},
                {{ cast_fault('customer_country_code', 'varchar(2)') }},
                {{ cast_fault('expected_spend_amount', 'numeric(18,2)') }},
                {{ cast_fault('expected_spend_currency', 'varchar(3)') }},
                {{ cast_fault('software_revenue_amount', 'numeric(18,2)') }},
                {{ cast_fault('close_date', 'date', required=true) }},
                {{ cast_fault('partner_solution_id', 'varchar(40)') }},
                {{ cast_fault('marketing_campaign', 'varchar(255)') }},
                {{ cast_fault('primary_needs', 'text[]') }},
                {{ cast_fault('delivery_models', 'text[]') }},
                {{ cast_fault('last_modified_at', 'timestamptz', required=true) }},
                {{ cast_fault('payload_json', 'jsonb') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.pc_opportunity_id', 'varchar(40)') }} as pc_opportunity_id,
            {{ cast_or_null('sent.title', 'varchar(255)') }} as title,
            {{ cast_or_null('sent.pc_stage', 'varchar(40)') }} as pc_stage,
            {{ cast_or_null('sent.closed_lost_reason', 'varchar(80)') }} as closed_lost_reason,
            {{ cast_or_null('sent.pc_review_status', 'varchar(40)') }} as pc_review_status,
            {{ cast_or_null('sent.opportunity_type', 'varchar(40)') }} as opportunity_type,
            {{ cast_or_null('sent.customer_company_name', 'varchar(200)') }} as customer_company_name,
            {{ cast_or_null('sent.customer_account_id', 'varchar(12)') }} as customer_account_id,
            {{ cast_or_null('sent.customer_industry', 'varchar(80)') }} as customer_industry,
            {{ cast_or_null('sent.customer_country_code', 'varchar(2)') }} as customer_country_code,
            {{ cast_or_null('sent.expected_spend_amount', 'numeric(18,2)') }} as expected_spend_amount,
            {{ cast_or_null('sent.expected_spend_currency', 'varchar(3)') }} as expected_spend_currency,
            {{ cast_or_null('sent.software_revenue_amount', 'numeric(18,2)') }} as software_revenue_amount,
            {{ cast_or_null('sent.close_date', 'date') }} as close_date,
            {{ cast_or_null('sent.partner_solution_id', 'varchar(40)') }} as partner_solution_id,
            {{ cast_or_null('sent.marketing_campaign', 'varchar(255)') }} as marketing_campaign,
            {{ cast_or_null('sent.primary_needs', 'text[]') }} as primary_needs,
            {{ cast_or_null('sent.delivery_models', 'text[]') }} as delivery_models,
            {{ cast_or_null('sent.last_modified_at', 'timestamptz') }} as last_modified_at,
            {{ cast_or_null('sent.payload_json', 'jsonb') }} as payload_json
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed._correlation_id,
        typed.tenant_id,
        typed.pc_opportunity_id,
        typed.title,
        typed.pc_stage,
        typed.closed_lost_reason,
        typed.pc_review_status,
        typed.opportunity_type,
        typed.customer_company_name,
        typed.customer_account_id,
        typed.customer_industry,
        typed.customer_country_code,
        typed.expected_spend_amount,
        typed.expected_spend_currency,
        typed.software_revenue_amount,
        typed.close_date,
        typed.partner_solution_id,
        typed.marketing_campaign,
        typed.primary_needs,
        typed.delivery_models,
        typed.last_modified_at,
        typed.payload_json,
        computed.id,
        computed.lifecycle_stage,
        computed.outcome,
        computed.engagement_status,
        computed.expected_revenue_usd,
        computed.quarter,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('id', 'varchar(128)', required=true, sent='reckoned', typed='computed') }},
                {{ cast_fault('lifecycle_stage', 'varchar(40)', required=true, sent='reckoned', typed='computed') }},
                {{ cast_fault('outcome', 'varchar(8)', required=true, sent='reckoned', typed='computed') }},
                {{ cast_fault('engagement_status', 'varchar(40)', sent='reckoned', typed='computed') }},
                {{ cast_fault('expected_revenue_usd', 'numeric(18,2)', sent='reckoned', typed='computed') }},
                {{ cast_fault('quarter', 'varchar(12)', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select
            (tenant_id || ':' || pc_opportunity_id)::text as id,
            (case pc_stage when 'Technical Validation' then 'technical_validation' when 'Business Validation' then 'business_validation' when 'Launched' then 'closed' when 'Closed Lost' then 'closed' else lower(pc_stage) end)::text as lifecycle_stage,
            (case pc_stage when 'Launched' then 'won' when 'Closed Lost' then 'lost' else 'open' end)::text as outcome,
            (case lower(pc_review_status) when 'pending submission' then 'pending_submission' when 'in review' then 'in_review' when 'action required' then 'action_required' else lower(pc_review_status) end)::text as engagement_status,
            (round((case when expected_spend_currency = 'USD' then expected_spend_amount end)::numeric, 2))::text as expected_revenue_usd,
            (extract(year from close_date) || '-Q' || extract(quarter from close_date))::text as quarter
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.id', 'varchar(128)') }} as id,
            {{ cast_or_null('reckoned.lifecycle_stage', 'varchar(40)') }} as lifecycle_stage,
            {{ cast_or_null('reckoned.outcome', 'varchar(8)') }} as outcome,
            {{ cast_or_null('reckoned.engagement_status', 'varchar(40)') }} as engagement_status,
            {{ cast_or_null('reckoned.expected_revenue_usd', 'numeric(18,2)') }} as expected_revenue_usd,
            {{ cast_or_null('reckoned.quarter', 'varchar(12)') }} as quarter
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
        id,
        tenant_id,
        pc_opportunity_id,
        title,
        pc_stage,
        lifecycle_stage,
        outcome,
        closed_lost_reason,
        pc_review_status,
        engagement_status,
        opportunity_type,
        customer_company_name,
        customer_account_id,
        customer_industry,
        customer_country_code,
        expected_spend_amount,
        expected_spend_currency,
        expected_revenue_usd,
        software_revenue_amount,
        close_date,
        quarter,
        partner_solution_id,
        marketing_campaign,
        primary_needs,
        delivery_models,
        last_modified_at,
        payload_json,
        _cast_faults || array_remove(array[
            case
                when not (outcome in ('open', 'won', 'lost'))
                    then 'outcome: expected one of open, won, lost'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (pc_opportunity_id ~ '^O[0-9]{1,19}$')
                    then 'pc_opportunity_id: does not fit ^O[0-9]{1,19}$'
            end,
            case
                when not (pc_stage in ('Prospect', 'Qualified', 'Technical Validation', 'Business Validation', 'Committed', 'Launched', 'Closed Lost'))
                    then 'pc_stage: expected one of Prospect, Qualified, Technical Validation, Business Validation, Committed, Launched, Closed Lost'
            end,
            case
                when not (lifecycle_stage in ('prospect', 'qualified', 'technical_validation', 'business_validation', 'committed', 'closed'))
                    then 'lifecycle_stage: expected one of prospect, qualified, technical_validation, business_validation, committed, closed'
            end,
            case
                when not (closed_lost_reason is null or pc_stage = 'Closed Lost')
                    then 'closed_lost_reason: does not hold: closed_lost_reason is null or pc_stage = ''Closed Lost'''
            end,
            case
                when not (engagement_status in ('draft', 'pending_submission', 'submitted', 'in_review', 'action_required', 'approved', 'rejected'))
                    then 'engagement_status: expected one of draft, pending_submission, submitted, in_review, action_required, approved, rejected'
            end,
            case
                when not (opportunity_type in ('Net New Business', 'Expansion', 'Flat Renewal'))
                    then 'opportunity_type: expected one of Net New Business, Expansion, Flat Renewal'
            end,
            case
                when not (customer_account_id ~ '^[0-9]{12}$')
                    then 'customer_account_id: does not fit ^[0-9]{12}$'
            end,
            case
                when not (customer_country_code ~ '^[A-Z]{2}$')
                    then 'customer_country_code: does not fit ^[A-Z]{2}$'
            end,
            case
                when not (expected_spend_amount >= 0)
                    then 'expected_spend_amount: expected at least 0'
            end,
            case
                when not (expected_spend_currency ~ '^[A-Z]{3}$')
                    then 'expected_spend_currency: does not fit ^[A-Z]{3}$'
            end,
            case
                when not (software_revenue_amount >= 0)
                    then 'software_revenue_amount: expected at least 0'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    id,
    tenant_id,
    pc_opportunity_id,
    title,
    pc_stage,
    lifecycle_stage,
    outcome,
    closed_lost_reason,
    pc_review_status,
    engagement_status,
    opportunity_type,
    customer_company_name,
    customer_account_id,
    customer_industry,
    customer_country_code,
    expected_spend_amount,
    expected_spend_currency,
    expected_revenue_usd,
    software_revenue_amount,
    close_date,
    quarter,
    partner_solution_id,
    marketing_campaign,
    primary_needs,
    delivery_models,
    last_modified_at,
    payload_json,
    (extract(epoch from last_modified_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    last_modified_at as _valid_from,
    _errors || {{ too_long_for_an_index('partner_central_opportunity') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 13, 2)::numeric(3, 2) as _quality_score
from judged
