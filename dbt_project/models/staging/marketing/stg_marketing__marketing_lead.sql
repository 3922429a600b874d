-- One row per claimed raw record of marketing_lead, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketing/marketing_lead.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketing', 'source_marketing_lead') }}
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
        nullif(_payload ->> 'lead_id', '') as lead_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        nullif(_payload ->> 'contact_id', '') as contact_id,
        _payload ->> 'campaign_id' as campaign_id,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'score', '') as score,
        _payload ->> 'disqualified_reason' as disqualified_reason,
        _payload ->> 'pc_lead_id' as pc_lead_id,
        _payload ->> 'pc_opportunity_id' as pc_opportunity_id,
        nullif(_payload ->> 'created_at', '') as created_at,
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
        typed.lead_id,
        typed.tenant_id,
        typed.contact_id,
        typed.campaign_id,
        typed.status,
        typed.score,
        typed.disqualified_reason,
        typed.pc_lead_id,
        typed.pc_opportunity_id,
        typed.created_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('lead_id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('contact_id', 'uuid', required=true) }},
                {{ cast_fault('campaign_id', 'varchar(64)') }},
                {{ cast_fault('status', 'varchar(24)', required=true) }},
                {{ cast_fault('score', 'integer') }},
                {{ cast_fault('disqualified_reason', 'varchar(80)') }},
                {{ cast_fault('pc_lead_id', 'varchar(18)') }},
                {{ cast_fault('pc_opportunity_id', 'varchar(40)') }},
                {{ cast_fault('created_at', 'timestamptz', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.lead_id', 'uuid') }} as lead_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.contact_id', 'uuid') }} as contact_id,
            {{ cast_or_null('sent.campaign_id', 'varchar(64)') }} as campaign_id,
            {{ cast_or_null('sent.status', 'varchar(24)') }} as status,
            {{ cast_or_null('sent.score', 'integer') }} as score,
            {{ cast_or_null('sent.disqualified_reason', 'varchar(80)') }} as disqualified_reason,
            {{ cast_or_null('sent.pc_lead_id', 'varchar(18)') }} as pc_lead_id,
            {{ cast_or_null('sent.pc_opportunity_id', 'varchar(40)') }} as pc_opportunity_id,
            {{ cast_or_null('sent.created_at', 'timestamptz') }} as created_at,
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
        lead_id,
        tenant_id,
        contact_id,
        campaign_id,
        status,
        score,
        disqualified_reason,
        pc_lead_id,
        pc_opportunity_id,
        created_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (status in ('new', 'marketing_qualified', 'sales_accepted', 'sales_qualified', 'converted', 'disqualified'))
                    then 'status: expected one of new, marketing_qualified, sales_accepted, sales_qualified, converted, disqualified'
            end,
            case
                when not (score between 0 and 100)
                    then 'score: expected 0 to 100'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (disqualified_reason is null or status = 'disqualified')
                    then 'disqualified_reason: does not hold: disqualified_reason is null or status = ''disqualified'''
            end,
            case
                when not (pc_opportunity_id is null or status = 'converted')
                    then 'pc_opportunity_id: does not hold: pc_opportunity_id is null or status = ''converted'''
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    lead_id,
    tenant_id,
    contact_id,
    campaign_id,
    status,
    score,
    disqualified_reason,
    pc_lead_id,
    pc_opportunity_id,
    created_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketing_lead') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
