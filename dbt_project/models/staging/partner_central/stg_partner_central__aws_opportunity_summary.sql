-- One row per claimed raw record of aws_opportunity_summary, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/aws_opportunity_summary.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('partner_central', 'source_aws_opportunity_summary') }}
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
        _payload ->> 'RelatedOpportunityId' as pc_opportunity_id,
        _payload ->> 'InvolvementType' as involvement_type,
        _payload ->> 'Visibility' as visibility,
        _payload ->> 'Origin' as origin,
        _payload #>> '{LifeCycle, Stage}' as aws_stage,
        nullif(_payload #>> '{LifeCycle, TargetCloseDate}', '') as aws_close_date,
        _payload #>> '{Insights, EngagementScore}' as engagement_score,
        _payload #>> '{Insights, NextBestActions}' as next_best_actions,
        nullif(_payload ->> 'LastModifiedDate', '') as last_modified_at
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
        typed.involvement_type,
        typed.visibility,
        typed.origin,
        typed.aws_stage,
        typed.aws_close_date,
        typed.engagement_score,
        typed.next_best_actions,
        typed.last_modified_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('pc_opportunity_id', 'varchar(40)', required=true) }},
                {{ cast_fault('involvement_type', 'varchar(40)') }},
                {{ cast_fault('visibility', 'varchar(16)') }},
                {{ cast_fault('origin', 'varchar(40)') }},
                {{ cast_fault('aws_stage', 'varchar(40)') }},
                {{ cast_fault('aws_close_date', 'date') }},
                {{ cast_fault('engagement_score', 'varchar(8)') }},
                {{ cast_fault('next_best_actions', 'text') }},
                {{ cast_fault('last_modified_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.pc_opportunity_id', 'varchar(40)') }} as pc_opportunity_id,
            {{ cast_or_null('sent.involvement_type', 'varchar(40)') }} as involvement_type,
            {{ cast_or_null('sent.visibility', 'varchar(16)') }} as visibility,
            {{ cast_or_null('sent.origin', 'varchar(40)') }} as origin,
            {{ cast_or_null('sent.aws_stage', 'varchar(40)') }} as aws_stage,
            {{ cast_or_null('sent.aws_close_date', 'date') }} as aws_close_date,
            {{ cast_or_null('sent.engagement_score', 'varchar(8)') }} as engagement_score,
            {{ cast_or_null('sent.next_best_actions', 'text') }} as next_best_actions,
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
        pc_opportunity_id,
        involvement_type,
        visibility,
        origin,
        aws_stage,
        aws_close_date,
        engagement_score,
        next_best_actions,
        last_modified_at,
        _cast_faults as _errors,
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
                when not (involvement_type in ('Co-Sell', 'For Visibility Only'))
                    then 'involvement_type: expected one of Co-Sell, For Visibility Only'
            end,
            case
                when not (visibility in ('Full', 'Limited'))
                    then 'visibility: expected one of Full, Limited'
            end,
            case
                when not (origin in ('AWS Referral', 'Partner Referral'))
                    then 'origin: expected one of AWS Referral, Partner Referral'
            end,
            case
                when not (engagement_score in ('High', 'Medium', 'Low'))
                    then 'engagement_score: expected one of High, Medium, Low'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    pc_opportunity_id,
    involvement_type,
    visibility,
    origin,
    aws_stage,
    aws_close_date,
    engagement_score,
    next_best_actions,
    last_modified_at,
    (extract(epoch from last_modified_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    last_modified_at as _valid_from,
    _errors || {{ too_long_for_an_index('aws_opportunity_summary') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
