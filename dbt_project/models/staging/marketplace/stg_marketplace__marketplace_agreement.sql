-- One row per claimed raw record of marketplace_agreement, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/marketplace_agreement.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketplace', 'source_marketplace_agreement') }}
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
        _payload ->> 'agreementId' as agreement_id,
        _payload #>> '{proposalSummary, offerId}' as offer_id,
        _payload #>> '{acceptor, accountId}' as acceptor_account_id,
        _payload #>> '{proposer, accountId}' as proposer_account_id,
        _payload ->> 'status' as status,
        nullif(_payload #>> '{estimatedCharges, agreementValue}', '') as agreement_value,
        _payload #>> '{estimatedCharges, currencyCode}' as currency,
        nullif(_payload ->> 'acceptanceTime', '') as accepted_at,
        nullif(_payload ->> 'startTime', '') as started_at,
        nullif(_payload ->> 'endTime', '') as ends_at,
        nullif(_payload ->> 'lastSeenAt', '') as last_seen_at
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
        typed.agreement_id,
        typed.offer_id,
        typed.acceptor_account_id,
        typed.proposer_account_id,
        typed.status,
        typed.agreement_value,
        typed.currency,
        typed.accepted_at,
        typed.started_at,
        typed.ends_at,
        typed.last_seen_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('agreement_id', 'varchar(64)', required=true) }},
                {{ cast_fault('offer_id', 'varchar(64)', required=true) }},
                {{ cast_fault('acceptor_account_id', 'varchar(12)', required=true) }},
                {{ cast_fault('proposer_account_id', 'varchar(12)', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('agreement_value', 'numeric(18,2)') }},
                {{ cast_fault('currency', 'varchar(3)') }},
                {{ cast_fault('accepted_at', 'timestamptz', required=true) }},
                {{ cast_fault('started_at', 'timestamptz', required=true) }},
                {{ cast_fault('ends_at', 'timestamptz') }},
                {{ cast_fault('last_seen_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.agreement_id', 'varchar(64)') }} as agreement_id,
            {{ cast_or_null('sent.offer_id', 'varchar(64)') }} as offer_id,
            {{ cast_or_null('sent.acceptor_account_id', 'varchar(12)') }} as acceptor_account_id,
            {{ cast_or_null('sent.proposer_account_id', 'varchar(12)') }} as proposer_account_id,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.agreement_value', 'numeric(18,2)') }} as agreement_value,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.accepted_at', 'timestamptz') }} as accepted_at,
            {{ cast_or_null('sent.started_at', 'timestamptz') }} as started_at,
            {{ cast_or_null('sent.ends_at', 'timestamptz') }} as ends_at,
            {{ cast_or_null('sent.last_seen_at', 'timestamptz') }} as last_seen_at
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
        agreement_id,
        offer_id,
        acceptor_account_id,
        proposer_account_id,
        status,
        agreement_value,
        currency,
        accepted_at,
        started_at,
        ends_at,
        last_seen_at,
        _cast_faults || array_remove(array[
            case
                when not (agreement_id ~ '^agmt-[a-zA-Z0-9]{4,40}$')
                    then 'agreement_id: does not fit ^agmt-[a-zA-Z0-9]{4,40}$'
            end,
            case
                when not (proposer_account_id ~ '^[0-9]{12}$')
                    then 'proposer_account_id: does not fit ^[0-9]{12}$'
            end,
            case
                when not (status in ('ACTIVE', 'ARCHIVED', 'CANCELLED', 'EXPIRED', 'RENEWED', 'REPLACED', 'ROLLED_BACK', 'SUPERSEDED', 'TERMINATED'))
                    then 'status: expected one of ACTIVE, ARCHIVED, CANCELLED, EXPIRED, RENEWED, REPLACED, ROLLED_BACK, SUPERSEDED, TERMINATED'
            end,
            case
                when not (agreement_value >= 0)
                    then 'agreement_value: expected at least 0'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (ends_at is null or ends_at > started_at)
                    then 'ends_at: does not hold: ends_at is null or ends_at > started_at'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    agreement_id,
    offer_id,
    acceptor_account_id,
    proposer_account_id,
    status,
    agreement_value,
    currency,
    accepted_at,
    started_at,
    ends_at,
    last_seen_at,
    (extract(epoch from last_seen_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    last_seen_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketplace_agreement') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 7, 2)::numeric(3, 2) as _quality_score
from judged
