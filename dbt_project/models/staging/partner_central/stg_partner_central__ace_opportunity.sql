-- One row per claimed raw record of ace_opportunity, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/ace_opportunity.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('partner_central', 'source_ace_opportunity') }}
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
        _payload ->> 'partnerCrmUniqueIdentifier' as partner_crm_id,
        _payload ->> 'apnCrmUniqueIdentifier' as pc_opportunity_id,
        _payload ->> 'partnerProjectTitle' as title,
        _payload ->> 'stage' as stage,
        _payload ->> 'status' as review_status,
        _payload ->> 'customerCompanyName' as company_name,
        _payload ->> 'customerEmail' as customer_email,
        nullif(_payload ->> 'targetCloseDate', '') as close_date,
        nullif(_payload ->> 'expectedMonthlyAwsRevenue', '') as expected_monthly_revenue,
        nullif(_payload ->> 'customerSoftwareValue', '') as customer_software_value,
        nullif(nullif(_payload -> 'awsProducts', 'null'), '""') as products,
        nullif(nullif(_payload -> 'solutionOffered', 'null'), '""') as solutions,
        nullif(_payload ->> 'lastModifiedDate', '') as last_modified_at
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
        typed.partner_crm_id,
        typed.pc_opportunity_id,
        typed.title,
        typed.stage,
        typed.review_status,
        typed.company_name,
        typed.customer_email,
        typed.close_date,
        typed.expected_monthly_revenue,
        typed.customer_software_value,
        typed.products,
        typed.solutions,
        typed.last_modified_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('partner_crm_id', 'varchar(64)', required=true) }},
                {{ cast_fault('pc_opportunity_id', 'varchar(40)') }},
                {{ cast_fault('title', 'varchar(255)') }},
                {{ cast_fault('stage', 'varchar(40)', required=true) }},
                {{ cast_fault('review_status', 'varchar(40)') }},
                {{ cast_fault('company_name', 'varchar(200)', required=true) }},
                {{ cast_fault('customer_email', 'varchar(254)') }},
                {{ cast_fault('close_date', 'date', required=true) }},
                {{ cast_fault('expected_monthly_revenue', 'numeric(18,2)') }},
                {{ cast_fault('customer_software_value', 'numeric(18,2)') }},
                {{ cast_fault('products', 'text[]') }},
                {{ cast_fault('solutions', 'text[]') }},
                {{ cast_fault('last_modified_at', 'timestamptz') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.partner_crm_id', 'varchar(64)') }} as partner_crm_id,
            {{ cast_or_null('sent.pc_opportunity_id', 'varchar(40)') }} as pc_opportunity_id,
            {{ cast_or_null('sent.title', 'varchar(255)') }} as title,
            {{ cast_or_null('sent.stage', 'varchar(40)') }} as stage,
            {{ cast_or_null('sent.review_status', 'varchar(40)') }} as review_status,
            {{ cast_or_null('sent.company_name', 'varchar(200)') }} as company_name,
            {{ cast_or_null('sent.customer_email', 'varchar(254)') }} as customer_email,
            {{ cast_or_null('sent.close_date', 'date') }} as close_date,
            {{ cast_or_null('sent.expected_monthly_revenue', 'numeric(18,2)') }} as expected_monthly_revenue,
            {{ cast_or_null('sent.customer_software_value', 'numeric(18,2)') }} as customer_software_value,
            {{ cast_or_null('sent.products', 'text[]') }} as products,
            {{ cast_or_null('sent.solutions', 'text[]') }} as solutions,
            {{ cast_or_null('sent.last_modified_at', 'timestamptz') }} as last_modified_at
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
        partner_crm_id,
        pc_opportunity_id,
        title,
        stage,
        review_status,
        company_name,
        customer_email,
        close_date,
        expected_monthly_revenue,
        customer_software_value,
        products,
        solutions,
        last_modified_at,
        _cast_faults || array_remove(array[
            case
                when not (char_length(partner_crm_id) between 1 and 64)
                    then 'partner_crm_id: expected 1 to 64 characters'
            end,
            case
                when not (expected_monthly_revenue >= 0)
                    then 'expected_monthly_revenue: expected at least 0'
            end,
            case
                when not (customer_software_value >= 0)
                    then 'customer_software_value: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (stage in ('Prospect', 'Qualified', 'Technical Validation', 'Business Validation', 'Committed', 'Launched', 'Closed Lost'))
                    then 'stage: expected one of Prospect, Qualified, Technical Validation, Business Validation, Committed, Launched, Closed Lost'
            end,
            case
                when not (review_status in ('Draft', 'Submitted', 'In review', 'Approved', 'Rejected', 'Action Required'))
                    then 'review_status: expected one of Draft, Submitted, In review, Approved, Rejected, Action Required'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    partner_crm_id,
    pc_opportunity_id,
    title,
    stage,
    review_status,
    company_name,
    customer_email,
    close_date,
    expected_monthly_revenue,
    customer_software_value,
    products,
    solutions,
    last_modified_at,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('ace_opportunity') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
