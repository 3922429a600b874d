-- One row per claimed raw record of partner_central_lead, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/partner_central_lead.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('partner_central', 'source_partner_central_lead') }}
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
        _payload ->> 'apnCrmUniqueIdentifier' as pc_lead_id,
        _payload ->> 'partnerCrmLeadId' as partner_crm_lead_id,
        _payload ->> 'leadSource' as source,
        _payload ->> 'status' as status,
        _payload ->> 'currentLeadStage' as lead_stage,
        _payload ->> 'campaignName' as campaign_name,
        _payload ->> 'industry' as industry,
        nullif(nullif(_payload ->> 'company', 'Accept To View'), 'Accept to View') as company_name,
        nullif(nullif(_payload ->> 'fullName', 'Accept To View'), 'Accept to View') as contact_name,
        nullif(nullif(_payload ->> 'email', 'Accept To View'), 'Accept to View') as email,
        nullif(nullif(_payload ->> 'country', 'Accept To View'), 'Accept to View') as country,
        nullif(_payload ->> 'leadAge', '') as lead_age_days,
        nullif(_payload ->> 'createdDate', '') as created_at,
        nullif(_payload ->> 'lastModifiedDate', '') as last_modified_at,
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
        typed.pc_lead_id,
        typed.partner_crm_lead_id,
        typed.source,
        typed.status,
        typed.lead_stage,
        typed.campaign_name,
        typed.industry,
        typed.company_name,
        typed.contact_name,
        typed.email,
        typed.country,
        typed.lead_age_days,
        typed.created_at,
        typed.last_modified_at,
        typed.payload_json,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('pc_lead_id', 'varchar(18)', required=true) }},
                {{ cast_fault('partner_crm_lead_id', 'varchar(18)') }},
                {{ cast_fault('source', 'varchar(255)') }},
                {{ cast_fault('status', 'varchar(40)', required=true) }},
                {{ cast_fault('lead_stage', 'varchar(40)') }},
                {{ cast_fault('campaign_name', 'varchar(255)') }},
                {{ cast_fault('industry', 'varchar(80)') }},
                {{ cast_fault('company_name', 'varchar(255)') }},
                {{ cast_fault('contact_name', 'varchar(120)') }},
                {{ cast_fault('email', 'varchar(254)') }},
                {{ cast_fault('country', 'varchar(80)') }},
                {{ cast_fault('lead_age_days', 'integer') }},
                {{ cast_fault('created_at', 'timestamptz') }},
                {{ cast_fault('last_modified_at', 'timestamptz') }},
                {{ cast_fault('payload_json', 'jsonb') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.pc_lead_id', 'varchar(18)') }} as pc_lead_id,
            {{ cast_or_null('sent.partner_crm_lead_id', 'varchar(18)') }} as partner_crm_lead_id,
            {{ cast_or_null('sent.source', 'varchar(255)') }} as source,
            {{ cast_or_null('sent.status', 'varchar(40)') }} as status,
            {{ cast_or_null('sent.lead_stage', 'varchar(40)') }} as lead_stage,
            {{ cast_or_null('sent.campaign_name', 'varchar(255)') }} as campaign_name,
            {{ cast_or_null('sent.industry', 'varchar(80)') }} as industry,
            {{ cast_or_null('sent.company_name', 'varchar(255)') }} as company_name,
            {{ cast_or_null('sent.contact_name', 'varchar(120)') }} as contact_name,
            {{ cast_or_null('sent.email', 'varchar(254)') }} as email,
            {{ cast_or_null('sent.country', 'varchar(80)') }} as country,
            {{ cast_or_null('sent.lead_age_days', 'integer') }} as lead_age_days,
            {{ cast_or_null('sent.created_at', 'timestamptz') }} as created_at,
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
        typed.pc_lead_id,
        typed.partner_crm_lead_id,
        typed.source,
        typed.status,
        typed.lead_stage,
        typed.campaign_name,
        typed.industry,
        typed.company_name,
        typed.contact_name,
        typed.email,
        typed.country,
        typed.lead_age_days,
        typed.created_at,
        typed.last_modified_at,
        typed.payload_json,
        computed.id,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('id', 'varchar(128)', required=true, sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (tenant_id || ':' || pc_lead_id)::text as id
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.id', 'varchar(128)') }} as id
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
        pc_lead_id,
        partner_crm_lead_id,
        source,
        status,
        lead_stage,
        campaign_name,
        industry,
        company_name,
        contact_name,
        email,
        country,
        lead_age_days,
        created_at,
        last_modified_at,
        payload_json,
        _cast_faults as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (pc_lead_id ~ '^L[0-9A-Z]{6,17}$')
                    then 'pc_lead_id: does not fit ^L[0-9A-Z]{6,17}$'
            end,
            case
                when not (status in ('Open', 'Research', 'Qualified', 'Disqualified'))
                    then 'status: expected one of Open, Research, Qualified, Disqualified'
            end,
            case
                when not (lead_stage in ('Accepted', 'Rejected'))
                    then 'lead_stage: expected one of Accepted, Rejected'
            end,
            case
                when not (email ~ '^[^@ ]+@[^@ ]+$')
                    then 'email: does not fit ^[^@ ]+@[^@ ]+$'
            end,
            case
                when not (lead_age_days >= 0)
                    then 'lead_age_days: expected at least 0'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    id,
    tenant_id,
    pc_lead_id,
    partner_crm_lead_id,
    source,
    status,
    lead_stage,
    campaign_name,
    industry,
    company_name,
    contact_name,
    email,
    country,
    lead_age_days,
    created_at,
    last_modified_at,
    payload_json,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('partner_central_lead') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
