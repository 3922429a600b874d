-- One row per claimed raw record of engagement, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/engagement.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('partner_central', 'source_engagement') }}
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
        _payload ->> 'Id' as engagement_id,
        _payload ->> 'Title' as title,
        _payload ->> 'Description' as engagement_description,
        _payload ->> 'CreatedBy' as created_by_account_id,
        nullif(_payload ->> 'MemberCount', '') as member_count,
        _payload ->> 'OpportunityIdentifier' as pc_opportunity_id,
        nullif(nullif(_payload -> 'ContextTypes', 'null'), '""') as context_types,
        nullif(_payload ->> 'CreatedAt', '') as created_at,
        nullif(_payload ->> 'ModifiedAt', '') as modified_at
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
        typed.title,
        typed.engagement_description,
        typed.created_by_account_id,
        typed.member_count,
        typed.pc_opportunity_id,
        typed.context_types,
        typed.created_at,
        typed.modified_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('engagement_id', 'varchar(40)', required=true) }},
                {{ cast_fault('title', 'varchar(255)', required=true) }},
                {{ cast_fault('engagement_description', 'text') }},
                {{ cast_fault('created_by_account_id', 'varchar(12)') }},
                {{ cast_fault('member_count', 'integer', required=true) }},
                {{ cast_fault('pc_opportunity_id', 'varchar(40)') }},
                {{ cast_fault('context_types', 'text[]') }},
                {{ cast_fault('created_at', 'timestamptz', required=true) }},
                {{ cast_fault('modified_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.engagement_id', 'varchar(40)') }} as engagement_id,
            {{ cast_or_null('sent.title', 'varchar(255)') }} as title,
            {{ cast_or_null('sent.engagement_description', 'text') }} as engagement_description,
            {{ cast_or_null('sent.created_by_account_id', 'varchar(12)') }} as created_by_account_id,
            {{ cast_or_null('sent.member_count', 'integer') }} as member_count,
            {{ cast_or_null('sent.pc_opportunity_id', 'varchar(40)') }} as pc_opportunity_id,
            {{ cast_or_null('sent.context_types', 'text[]') }} as context_types,
            {{ cast_or_null('sent.created_at', 'timestamptz') }} as created_at,
            {{ cast_or_null('sent.modified_at', 'timestamptz') }} as modified_at
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
        title,
        engagement_description,
        created_by_account_id,
        member_count,
        pc_opportunity_id,
        context_types,
        created_at,
        modified_at,
        _cast_faults || array_remove(array[
            case
                when not (engagement_id ~ '^eng-[0-9a-z]{14}$')
                    then 'engagement_id: does not fit ^eng-[0-9a-z]{14}$'
            end,
            case
                when not (char_length(title) between 1 and 255)
                    then 'title: expected 1 to 255 characters'
            end,
            case
                when not (member_count >= 1)
                    then 'member_count: expected at least 1'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (created_by_account_id ~ '^[0-9]{12}$')
                    then 'created_by_account_id: does not fit ^[0-9]{12}$'
            end,
            case
                when not (pc_opportunity_id ~ '^O[0-9]{1,19}$')
                    then 'pc_opportunity_id: does not fit ^O[0-9]{1,19}$'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    engagement_id,
    title,
    engagement_description,
    created_by_account_id,
    member_count,
    pc_opportunity_id,
    context_types,
    created_at,
    modified_at,
    (extract(epoch from modified_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    modified_at as _valid_from,
    _errors || {{ too_long_for_an_index('engagement') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
