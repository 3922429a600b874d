-- One row per claimed raw record of marketplace_offer, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/marketplace_offer.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketplace', 'source_marketplace_offer') }}
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
        _payload ->> 'EntityIdentifier' as offer_id,
        _payload #>> '{Details, ProductId}' as product_id,
        _payload #>> '{Details, Name}' as offer_name,
        _payload #>> '{Details, State}' as state,
        coalesce(_payload #>> '{Details, Targeting}', 'None') as targeting,
        _payload #>> '{Details, PricingModel}' as pricing_model,
        _payload -> 'Details' -> 'Terms' -> 0 ->> 'CurrencyCode' as currency,
        nullif(_payload #>> '{Details, AvailabilityEndDate}', '') as available_until,
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
        typed.offer_id,
        typed.product_id,
        typed.offer_name,
        typed.state,
        typed.targeting,
        typed.pricing_model,
        typed.currency,
        typed.available_until,
        typed.last_modified_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('offer_id', 'varchar(64)', required=true) }},
                {{ cast_fault('product_id', 'varchar(64)', required=true) }},
                {{ cast_fault('offer_name', 'varchar(255)') }},
                {{ cast_fault('state', 'varchar(16)', required=true) }},
                {{ cast_fault('targeting', 'varchar(32)', required=true) }},
                {{ cast_fault('pricing_model', 'varchar(40)') }},
                {{ cast_fault('currency', 'varchar(3)') }},
                {{ cast_fault('available_until', 'date') }},
                {{ cast_fault('last_modified_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.offer_id', 'varchar(64)') }} as offer_id,
            {{ cast_or_null('sent.product_id', 'varchar(64)') }} as product_id,
            {{ cast_or_null('sent.offer_name', 'varchar(255)') }} as offer_name,
            {{ cast_or_null('sent.state', 'varchar(16)') }} as state,
            {{ cast_or_null('sent.targeting', 'varchar(32)') }} as targeting,
            {{ cast_or_null('sent.pricing_model', 'varchar(40)') }} as pricing_model,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.available_until', 'date') }} as available_until,
            {{ cast_or_null('sent.last_modified_at', 'timestamptz') }} as last_modified_at
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
        typed.offer_id,
        typed.product_id,
        typed.offer_name,
        typed.state,
        typed.targeting,
        typed.pricing_model,
        typed.currency,
        typed.available_until,
        typed.last_modified_at,
        computed.is_private,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('is_private', 'boolean', required=true, sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (targeting = 'BuyerAccounts')::text as is_private
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.is_private', 'boolean') }} as is_private
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
        offer_id,
        product_id,
        offer_name,
        state,
        is_private,
        targeting,
        pricing_model,
        currency,
        available_until,
        last_modified_at,
        _cast_faults || array_remove(array[
            case
                when not (offer_id ~ '^offer-[a-z0-9]{4,40}$')
                    then 'offer_id: does not fit ^offer-[a-z0-9]{4,40}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (state in ('Draft', 'Released'))
                    then 'state: expected one of Draft, Released'
            end,
            case
                when not (targeting in ('None', 'BuyerAccounts', 'ParticipatingPrograms'))
                    then 'targeting: expected one of None, BuyerAccounts, ParticipatingPrograms'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    offer_id,
    product_id,
    offer_name,
    state,
    is_private,
    targeting,
    pricing_model,
    currency,
    available_until,
    last_modified_at,
    (extract(epoch from last_modified_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    last_modified_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketplace_offer') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged
