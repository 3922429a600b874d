-- One row per claimed raw record of opportunity_team_member, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/opportunity_team_member.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('partner_central', 'source_opportunity_team_member') }}
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
        _payload ->> 'OpportunityIdentifier' as pc_opportunity_id,
        _payload #>> '{Member, Email}' as email,
        _payload ->> 'Side' as side,
        _payload #>> '{Member, BusinessTitle}' as business_title,
        _payload #>> '{Member, FirstName}' as first_name,
        _payload #>> '{Member, LastName}' as last_name,
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
        typed.pc_opportunity_id,
        typed.email,
        typed.side,
        typed.business_title,
        typed.first_name,
        typed.last_name,
        typed.joined_at,
        typed.left_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('pc_opportunity_id', 'varchar(40)', required=true) }},
                {{ cast_fault('email', 'varchar(254)', required=true) }},
                {{ cast_fault('side', 'varchar(8)', required=true) }},
                {{ cast_fault('business_title', 'varchar(80)') }},
                {{ cast_fault('first_name', 'varchar(80)') }},
                {{ cast_fault('last_name', 'varchar(80)') }},
                {{ cast_fault('joined_at', 'timestamptz', required=true) }},
                {{ cast_fault('left_at', 'timestamptz') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.pc_opportunity_id', 'varchar(40)') }} as pc_opportunity_id,
            {{ cast_or_null('sent.email', 'varchar(254)') }} as email,
            {{ cast_or_null('sent.side', 'varchar(8)') }} as side,
            {{ cast_or_null('sent.business_title', 'varchar(80)') }} as business_title,
            {{ cast_or_null('sent.first_name', 'varchar(80)') }} as first_name,
            {{ cast_or_null('sent.last_name', 'varchar(80)') }} as last_name,
            {{ cast_or_null('sent.joined_at', 'timestamptz') }} as joined_at,
            {{ cast_or_null('sent.left_at', 'timestamptz') }} as left_at
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
        typed.email,
        typed.side,
        typed.business_title,
        typed.first_name,
        typed.last_name,
        typed.joined_at,
        typed.left_at,
        computed.full_name,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('full_name', 'varchar(200)', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')))::text as full_name
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.full_name', 'varchar(200)') }} as full_name
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
        tenant_id,
        pc_opportunity_id,
        email,
        side,
        business_title,
        full_name,
        first_name,
        last_name,
        joined_at,
        left_at,
        _cast_faults || array_remove(array[
            case
                when not (email ~ '^[^@ ]+@[^@ ]+$')
                    then 'email: does not fit ^[^@ ]+@[^@ ]+$'
            end,
            case
                when not (side in ('partner', 'aws'))
                    then 'side: expected one of partner, aws'
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
                when not (left_at is null or left_at >= joined_at)
                    then 'left_at: does not hold: left_at is null or left_at >= joined_at'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    pc_opportunity_id,
    email,
    side,
    business_title,
    full_name,
    first_name,
    last_name,
    joined_at,
    left_at,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('opportunity_team_member') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
