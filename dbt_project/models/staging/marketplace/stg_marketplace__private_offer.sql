-- One row per claimed raw record of private_offer, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/private_offer.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketplace', 'source_private_offer') }}
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
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'offer_id' as offer_id,
        _payload ->> 'buyer_account_id' as buyer_account_id,
        _payload ->> 'pc_opportunity_id' as pc_opportunity_id,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'total_value_usd', '') as total_value_usd,
        nullif(_payload ->> 'discount_percent', '') as discount_percent,
        nullif(_payload ->> 'duration_months', '') as duration_months,
        nullif(_payload ->> 'sent_at', '') as sent_at,
        nullif(_payload ->> 'expires_on', '') as expires_on,
        nullif(_payload ->> 'accepted_at', '') as accepted_at,
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
        typed.tenant_id,
        typed.offer_id,
        typed.buyer_account_id,
        typed.pc_opportunity_id,
        typed.status,
        typed.total_value_usd,
        typed.discount_percent,
        typed.duration_months,
        typed.sent_at,
        typed.expires_on,
        typed.accepted_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('offer_id', 'varchar(64)', required=true) }},
                {{ cast_fault('buyer_account_id', 'varchar(12)', required=true) }},
                {{ cast_fault('pc_opportunity_id', 'varchar(40)') }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('total_value_usd', 'numeric(18,2)', required=true) }},
                {{ cast_fault('discount_percent', 'numeric(5,2)') }},
                {{ cast_fault('duration_months', 'integer', required=true) }},
                {{ cast_fault('sent_at', 'timestamptz') }},
                {{ cast_fault('expires_on', 'date', required=true) }},
                {{ cast_fault('accepted_at', 'timestamptz') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.offer_id', 'varchar(64)') }} as offer_id,
            {{ cast_or_null('sent.buyer_account_id', 'varchar(12)') }} as buyer_account_id,
            {{ cast_or_null('sent.pc_opportunity_id', 'varchar(40)') }} as pc_opportunity_id,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.total_value_usd', 'numeric(18,2)') }} as total_value_usd,
            {{ cast_or_null('sent.discount_percent', 'numeric(5,2)') }} as discount_percent,
            {{ cast_or_null('sent.duration_months', 'integer') }} as duration_months,
            {{ cast_or_null('sent.sent_at', 'timestamptz') }} as sent_at,
            {{ cast_or_null('sent.expires_on', 'date') }} as expires_on,
            {{ cast_or_null('sent.accepted_at', 'timestamptz') }} as accepted_at,
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
        tenant_id,
        offer_id,
        buyer_account_id,
        pc_opportunity_id,
        status,
        total_value_usd,
        discount_percent,
        duration_months,
        sent_at,
        expires_on,
        accepted_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (buyer_account_id ~ '^[0-9]{12}$')
                    then 'buyer_account_id: does not fit ^[0-9]{12}$'
            end,
            case
                when not (status in ('draft', 'sent', 'accepted', 'expired', 'withdrawn'))
                    then 'status: expected one of draft, sent, accepted, expired, withdrawn'
            end,
            case
                when not (total_value_usd >= 0)
                    then 'total_value_usd: expected at least 0'
            end,
            case
                when not (discount_percent between 0 and 100)
                    then 'discount_percent: expected 0 to 100'
            end,
            case
                when not (duration_months between 1 and 60)
                    then 'duration_months: expected 1 to 60'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (sent_at is not null or status = 'draft')
                    then 'sent_at: does not hold: sent_at is not null or status = ''draft'''
            end,
            case
                when not (accepted_at is null or status = 'accepted')
                    then 'accepted_at: does not hold: accepted_at is null or status = ''accepted'''
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    offer_id,
    buyer_account_id,
    pc_opportunity_id,
    status,
    total_value_usd,
    discount_percent,
    duration_months,
    sent_at,
    expires_on,
    accepted_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('private_offer') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 7, 2)::numeric(3, 2) as _quality_score
from judged
