-- One row per claimed raw record of cloud_charges, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/finance/cloud_charges.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('finance', 'source_cloud_charges') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _payload,
        nullif(_payload ->> 'Id', '') as charge_id,
        _payload ->> 'ProviderName' as provider_name,
        _payload ->> 'BillingAccountId' as billing_account_id,
        nullif(_payload ->> 'SubAccountName', 'NULL') as sub_account_name,
        _payload ->> 'ChargeCategory' as charge_category,
        _payload ->> 'ServiceCategory' as service_category,
        _payload ->> 'ServiceName' as service_name,
        nullif(_payload ->> 'RegionId', 'NULL') as region_id,
        nullif(_payload ->> 'BilledCost', '') as billed_cost,
        nullif(_payload ->> 'EffectiveCost', '') as effective_cost,
        nullif(_payload ->> 'ListCost', '') as list_cost,
        _payload ->> 'BillingCurrency' as billing_currency,
        nullif(nullif(_payload ->> 'ConsumedQuantity', ''), 'NULL') as consumed_quantity,
        nullif(_payload ->> 'ConsumedUnit', 'NULL') as consumed_unit,
        nullif(_payload ->> 'Tags', 'NULL') as tags_json,
        nullif(_payload ->> 'ChargePeriodStart', '') as charge_period_start,
        nullif(_payload ->> 'ChargePeriodEnd', '') as charge_period_end,
        nullif(_payload ->> 'BillingPeriodStart', '') as billing_period_start
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.charge_id,
        typed.provider_name,
        typed.billing_account_id,
        typed.sub_account_name,
        typed.charge_category,
        typed.service_category,
        typed.service_name,
        typed.region_id,
        typed.billed_cost,
        typed.effective_cost,
        typed.list_cost,
        typed.billing_currency,
        typed.consumed_quantity,
        typed.consumed_unit,
        typed.tags_json,
        typed.charge_period_start,
        typed.charge_period_end,
        typed.billing_period_start,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('charge_id', 'bigint', required=true) }},
                {{ cast_fault('provider_name', 'varchar(60)', required=true) }},
                {{ cast_fault('billing_account_id', 'varchar(40)', required=true) }},
                {{ cast_fault('sub_account_name', 'varchar(80)') }},
                {{ cast_fault('charge_category', 'varchar(12)', required=true) }},
                {{ cast_fault('service_category', 'varchar(60)', required=true) }},
                {{ cast_fault('service_name', 'varchar(120)', required=true) }},
                {{ cast_fault('region_id', 'varchar(40)') }},
                {{ cast_fault('billed_cost', 'numeric(30,15)', required=true) }},
                {{ cast_fault('effective_cost', 'numeric(30,15)', required=true) }},
                {{ cast_fault('list_cost', 'numeric(30,15)', required=true) }},
                {{ cast_fault('billing_currency', 'varchar(3)', required=true) }},
                {{ cast_fault('consumed_quantity', 'numeric(30,15)') }},
                {{ cast_fault('consumed_unit', 'varchar(40)') }},
                {{ cast_fault('tags_json', 'text') }},
                {{ cast_fault('charge_period_start', 'timestamptz', required=true) }},
                {{ cast_fault('charge_period_end', 'timestamptz', required=true) }},
                {{ cast_fault('billing_period_start', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.charge_id', 'bigint') }} as charge_id,
            {{ cast_or_null('sent.provider_name', 'varchar(60)') }} as provider_name,
            {{ cast_or_null('sent.billing_account_id', 'varchar(40)') }} as billing_account_id,
            {{ cast_or_null('sent.sub_account_name', 'varchar(80)') }} as sub_account_name,
            {{ cast_or_null('sent.charge_category', 'varchar(12)') }} as charge_category,
            {{ cast_or_null('sent.service_category', 'varchar(60)') }} as service_category,
            {{ cast_or_null('sent.service_name', 'varchar(120)') }} as service_name,
            {{ cast_or_null('sent.region_id', 'varchar(40)') }} as region_id,
            {{ cast_or_null('sent.billed_cost', 'numeric(30,15)') }} as billed_cost,
            {{ cast_or_null('sent.effective_cost', 'numeric(30,15)') }} as effective_cost,
            {{ cast_or_null('sent.list_cost', 'numeric(30,15)') }} as list_cost,
            {{ cast_or_null('sent.billing_currency', 'varchar(3)') }} as billing_currency,
            {{ cast_or_null('sent.consumed_quantity', 'numeric(30,15)') }} as consumed_quantity,
            {{ cast_or_null('sent.consumed_unit', 'varchar(40)') }} as consumed_unit,
            {{ cast_or_null('sent.tags_json', 'text') }} as tags_json,
            {{ cast_or_null('sent.charge_period_start', 'timestamptz') }} as charge_period_start,
            {{ cast_or_null('sent.charge_period_end', 'timestamptz') }} as charge_period_end,
            {{ cast_or_null('sent.billing_period_start', 'timestamptz') }} as billing_period_start
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed.charge_id,
        typed.provider_name,
        typed.billing_account_id,
        typed.sub_account_name,
        typed.charge_category,
        typed.service_category,
        typed.service_name,
        typed.region_id,
        typed.billed_cost,
        typed.effective_cost,
        typed.list_cost,
        typed.billing_currency,
        typed.consumed_quantity,
        typed.consumed_unit,
        typed.tags_json,
        typed.charge_period_start,
        typed.charge_period_end,
        typed.billing_period_start,
        computed.is_tagged,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('is_tagged', 'boolean', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (tags_json is not null)::text as is_tagged
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.is_tagged', 'boolean') }} as is_tagged
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        charge_id,
        provider_name,
        billing_account_id,
        sub_account_name,
        charge_category,
        service_category,
        service_name,
        region_id,
        billed_cost,
        effective_cost,
        list_cost,
        billing_currency,
        consumed_quantity,
        consumed_unit,
        tags_json,
        is_tagged,
        charge_period_start,
        charge_period_end,
        billing_period_start,
        _cast_faults || array_remove(array[
            case
                when not (charge_id >= 1)
                    then 'charge_id: expected at least 1'
            end,
            case
                when not (char_length(provider_name) between 1 and 60)
                    then 'provider_name: expected 1 to 60 characters'
            end,
            case
                when not (charge_category in ('Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'))
                    then 'charge_category: expected one of Usage, Purchase, Tax, Credit, Adjustment'
            end,
            case
                when not (billing_currency ~ '^[A-Z]{3}$')
                    then 'billing_currency: does not fit ^[A-Z]{3}$'
            end,
            case
                when not (charge_period_end > charge_period_start)
                    then 'charge_period_end: does not hold: charge_period_end > charge_period_start'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not ((consumed_unit is null) = (consumed_quantity is null))
                    then 'consumed_unit: does not hold: (consumed_unit is null) = (consumed_quantity is null)'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    charge_id,
    provider_name,
    billing_account_id,
    sub_account_name,
    charge_category,
    service_category,
    service_name,
    region_id,
    billed_cost,
    effective_cost,
    list_cost,
    billing_currency,
    consumed_quantity,
    consumed_unit,
    tags_json,
    is_tagged,
    charge_period_start,
    charge_period_end,
    billing_period_start,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('cloud_charges') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
