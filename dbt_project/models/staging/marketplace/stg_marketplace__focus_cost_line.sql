-- One row per claimed raw record of focus_cost_line, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/focus_cost_line.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('marketplace', 'source_focus_cost_line') }}
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
        coalesce(nullif(_payload ->> 'tenant_id', ''), '00000000-0000-0000-0000-000000000000') as tenant_id,
        _payload ->> 'Id' as line_id,
        nullif(_payload ->> 'ChargePeriodStart', '') as charge_period_start,
        nullif(_payload ->> 'ChargePeriodEnd', '') as charge_period_end,
        nullif(_payload ->> 'BillingPeriodStart', '') as billing_period_start,
        nullif(_payload ->> 'ProviderName', 'NULL') as provider_name,
        nullif(_payload ->> 'PublisherName', 'NULL') as publisher_name,
        nullif(_payload ->> 'BillingAccountId', 'NULL') as billing_account_id,
        nullif(_payload ->> 'SubAccountId', 'NULL') as sub_account_id,
        nullif(_payload ->> 'ServiceCategory', 'NULL') as service_category,
        nullif(_payload ->> 'ServiceName', 'NULL') as service_name,
        nullif(_payload ->> 'RegionId', 'NULL') as region_id,
        nullif(_payload ->> 'AvailabilityZone', 'NULL') as availability_zone,
        nullif(_payload ->> 'ResourceId', 'NULL') as resource_id,
        nullif(_payload ->> 'SkuId', 'NULL') as sku_id,
        nullif(_payload ->> 'ChargeCategory', 'NULL') as charge_category,
        nullif(_payload ->> 'ChargeFrequency', 'NULL') as charge_frequency,
        nullif(_payload ->> 'ChargeDescription', 'NULL') as charge_description,
        nullif(nullif(_payload ->> 'PricingCategory', 'NULL'), '') as pricing_category,
        nullif(nullif(_payload ->> 'CommitmentDiscountStatus', 'NULL'), '') as commitment_discount_status,
        _payload ->> 'BillingCurrency' as billing_currency,
        nullif(nullif(_payload ->> 'BilledCost', ''), 'NULL') as billed_cost,
        nullif(nullif(_payload ->> 'EffectiveCost', ''), 'NULL') as effective_cost,
        nullif(nullif(_payload ->> 'ListCost', ''), 'NULL') as list_cost,
        nullif(nullif(_payload ->> 'ContractedCost', ''), 'NULL') as contracted_cost,
        nullif(nullif(_payload ->> 'ConsumedQuantity', ''), 'NULL') as consumed_quantity,
        nullif(_payload ->> 'ConsumedUnit', 'NULL') as consumed_unit,
        nullif(_payload ->> 'Tags', 'NULL') as tags_text
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.tenant_id,
        typed.line_id,
        typed.charge_period_start,
        typed.charge_period_end,
        typed.billing_period_start,
        typed.provider_name,
        typed.publisher_name,
        typed.billing_account_id,
        typed.sub_account_id,
        typed.service_category,
        typed.service_name,
        typed.region_id,
        typed.availability_zone,
        typed.resource_id,
        typed.sku_id,
        typed.charge_category,
        typed.charge_frequency,
        typed.charge_description,
        typed.pricing_category,
        typed.commitment_discount_status,
        typed.billing_currency,
        typed.billed_cost,
        typed.effective_cost,
        typed.list_cost,
        typed.contracted_cost,
        typed.consumed_quantity,
        typed.consumed_unit,
        typed.tags_text,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('line_id', 'varchar(64)', required=true) }},
                {{ cast_fault('charge_period_start', 'timestamptz', required=true) }},
                {{ cast_fault('charge_period_end', 'timestamptz', required=true) }},
                {{ cast_fault('billing_period_start', 'timestamptz', required=true) }},
                {{ cast_fault('provider_name', 'varchar(80)', required=true) }},
                {{ cast_fault('publisher_name', 'varchar(120)') }},
                {{ cast_fault('billing_account_id', 'varchar(120)', required=true) }},
                {{ cast_fault('sub_account_id', 'varchar(120)') }},
                {{ cast_fault('service_category', 'varchar(60)') }},
                {{ cast_fault('service_name', 'varchar(120)', required=true) }},
                {{ cast_fault('region_id', 'varchar(40)') }},
                {{ cast_fault('availability_zone', 'varchar(60)') }},
                {{ cast_fault('resource_id', 'varchar(255)') }},
                {{ cast_fault('sku_id', 'varchar(80)') }},
                {{ cast_fault('charge_category', 'varchar(20)', required=true) }},
                {{ cast_fault('charge_frequency', 'varchar(20)') }},
                {{ cast_fault('charge_description', 'text') }},
                {{ cast_fault('pricing_category', 'varchar(20)') }},
                {{ cast_fault('commitment_discount_status', 'varchar(16)') }},
                {{ cast_fault('billing_currency', 'varchar(3)', required=true) }},
                {{ cast_fault('billed_cost', 'numeric(30,15)', required=true) }},
                {{ cast_fault('effective_cost', 'numeric(30,15)', required=true) }},
                {{ cast_fault('list_cost', 'numeric(30,15)') }},
                {{ cast_fault('contracted_cost', 'numeric(30,15)') }},
                {{ cast_fault('consumed_quantity', 'numeric(38,15)') }},
                {{ cast_fault('consumed_unit', 'varchar(40)') }},
                {{ cast_fault('tags_text', 'text') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.line_id', 'varchar(64)') }} as line_id,
            {{ cast_or_null('sent.charge_period_start', 'timestamptz') }} as charge_period_start,
            {{ cast_or_null('sent.charge_period_end', 'timestamptz') }} as charge_period_end,
            {{ cast_or_null('sent.billing_period_start', 'timestamptz') }} as billing_period_start,
            {{ cast_or_null('sent.provider_name', 'varchar(80)') }} as provider_name,
            {{ cast_or_null('sent.publisher_name', 'varchar(120)') }} as publisher_name,
            {{ cast_or_null('sent.billing_account_id', 'varchar(120)') }} as billing_account_id,
            {{ cast_or_null('sent.sub_account_id', 'varchar(120)') }} as sub_account_id,
            {{ cast_or_null('sent.service_category', 'varchar(60)') }} as service_category,
            {{ cast_or_null('sent.service_name', 'varchar(120)') }} as service_name,
            {{ cast_or_null('sent.region_id', 'varchar(40)') }} as region_id,
            {{ cast_or_null('sent.availability_zone', 'varchar(60)') }} as availability_zone,
            {{ cast_or_null('sent.resource_id', 'varchar(255)') }} as resource_id,
            {{ cast_or_null('sent.sku_id', 'varchar(80)') }} as sku_id,
            {{ cast_or_null('sent.charge_category', 'varchar(20)') }} as charge_category,
            {{ cast_or_null('sent.charge_frequency', 'varchar(20)') }} as charge_frequency,
            {{ cast_or_null('sent.charge_description', 'text') }} as charge_description,
            {{ cast_or_null('sent.pricing_category', 'varchar(20)') }} as pricing_category,
            {{ cast_or_null('sent.commitment_discount_status', 'varchar(16)') }} as commitment_discount_status,
            {{ cast_or_null('sent.billing_currency', 'varchar(3)') }} as billing_currency,
            {{ cast_or_null('sent.billed_cost', 'numeric(30,15)') }} as billed_cost,
            {{ cast_or_null('sent.effective_cost', 'numeric(30,15)') }} as effective_cost,
            {{ cast_or_null('sent.list_cost', 'numeric(30,15)') }} as list_cost,
            {{ cast_or_null('sent.contracted_cost', 'numeric(30,15)') }} as contracted_cost,
            {{ cast_or_null('sent.consumed_quantity', 'numeric(38,15)') }} as consumed_quantity,
            {{ cast_or_null('sent.consumed_unit', 'varchar(40)') }} as consumed_unit,
            {{ cast_or_null('sent.tags_text', 'text') }} as tags_text
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        tenant_id,
        line_id,
        charge_period_start,
        charge_period_end,
        billing_period_start,
        provider_name,
        publisher_name,
        billing_account_id,
        sub_account_id,
        service_category,
        service_name,
        region_id,
        availability_zone,
        resource_id,
        sku_id,
        charge_category,
        charge_frequency,
        charge_description,
        pricing_category,
        commitment_discount_status,
        billing_currency,
        billed_cost,
        effective_cost,
        list_cost,
        contracted_cost,
        consumed_quantity,
        consumed_unit,
        tags_text,
        _cast_faults || array_remove(array[
            case
                when not (charge_period_end > charge_period_start)
                    then 'charge_period_end: does not hold: charge_period_end > charge_period_start'
            end,
            case
                when not (charge_category in ('Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'))
                    then 'charge_category: expected one of Usage, Purchase, Tax, Credit, Adjustment'
            end,
            case
                when not (commitment_discount_status in ('Used', 'Unused'))
                    then 'commitment_discount_status: expected one of Used, Unused'
            end,
            case
                when not (billing_currency ~ '^[A-Z]{3}$')
                    then 'billing_currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (availability_zone ~ '^[A-Za-z][A-Za-z0-9:-]*[0-9][a-z]?$')
                    then 'availability_zone: does not fit ^[A-Za-z][A-Za-z0-9:-]*[0-9][a-z]?$'
            end,
            case
                when not (charge_frequency in ('One-Time', 'Recurring', 'Usage-Based'))
                    then 'charge_frequency: expected one of One-Time, Recurring, Usage-Based'
            end,
            case
                when not (pricing_category in ('Standard', 'Dynamic', 'Committed', 'Other'))
                    then 'pricing_category: expected one of Standard, Dynamic, Committed, Other'
            end,
            case
                when not (list_cost is null or billed_cost is null or list_cost >= billed_cost or charge_category <> 'Usage')
                    then 'list_cost: does not hold: list_cost is null or billed_cost is null or list_cost >= billed_cost or charge_category <> ''Usage'''
            end,
            case
                when not (tags_text ~ '^[{].*[}]$')
                    then 'tags_text: does not fit ^[{].*[}]$'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    line_id,
    charge_period_start,
    charge_period_end,
    billing_period_start,
    provider_name,
    publisher_name,
    billing_account_id,
    sub_account_id,
    service_category,
    service_name,
    region_id,
    availability_zone,
    resource_id,
    sku_id,
    charge_category,
    charge_frequency,
    charge_description,
    pricing_category,
    commitment_discount_status,
    billing_currency,
    billed_cost,
    effective_cost,
    list_cost,
    contracted_cost,
    consumed_quantity,
    consumed_unit,
    tags_text,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('focus_cost_line') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 10, 2)::numeric(3, 2) as _quality_score
from judged
