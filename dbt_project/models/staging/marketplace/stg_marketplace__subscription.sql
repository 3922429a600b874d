-- One row per claimed raw record of subscription, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/subscription.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketplace', 'source_subscription') }}
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
        _payload ->> 'id' as id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'product_id' as product_id,
        _payload ->> 'subscriber_account_id' as subscriber_account_id,
        _payload ->> 'agreement_id' as agreement_id,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'start_date', '') as start_date,
        nullif(_payload ->> 'end_date', '') as end_date,
        nullif(_payload ->> 'monthly_value_usd', '') as monthly_value_usd,
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
        typed.id,
        typed.tenant_id,
        typed.product_id,
        typed.subscriber_account_id,
        typed.agreement_id,
        typed.status,
        typed.start_date,
        typed.end_date,
        typed.monthly_value_usd,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('id', 'varchar(64)', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('product_id', 'varchar(64)', required=true) }},
                {{ cast_fault('subscriber_account_id', 'varchar(12)', required=true) }},
                {{ cast_fault('agreement_id', 'varchar(64)') }},
                {{ cast_fault('status', 'varchar(24)', required=true) }},
                {{ cast_fault('start_date', 'date', required=true) }},
                {{ cast_fault('end_date', 'date') }},
                {{ cast_fault('monthly_value_usd', 'numeric(18,2)') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.id', 'varchar(64)') }} as id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.product_id', 'varchar(64)') }} as product_id,
            {{ cast_or_null('sent.subscriber_account_id', 'varchar(12)') }} as subscriber_account_id,
            {{ cast_or_null('sent.agreement_id', 'varchar(64)') }} as agreement_id,
            {{ cast_or_null('sent.status', 'varchar(24)') }} as status,
            {{ cast_or_null('sent.start_date', 'date') }} as start_date,
            {{ cast_or_null('sent.end_date', 'date') }} as end_date,
            {{ cast_or_null('sent.monthly_value_usd', 'numeric(18,2)') }} as monthly_value_usd,
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
        id,
        tenant_id,
        product_id,
        subscriber_account_id,
        agreement_id,
        status,
        start_date,
        end_date,
        monthly_value_usd,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (status in ('pending', 'active', 'suspended', 'cancelled', 'ended'))
                    then 'status: expected one of pending, active, suspended, cancelled, ended'
            end,
            case
                when not (monthly_value_usd >= 0)
                    then 'monthly_value_usd: expected at least 0'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (end_date is null or end_date >= start_date)
                    then 'end_date: does not hold: end_date is null or end_date >= start_date'
            end,
            case
                when not (end_date is not null or not status in ('cancelled', 'ended'))
                    then 'end_date: does not hold: end_date is not null or status not in (''cancelled'', ''ended'')'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    id,
    tenant_id,
    product_id,
    subscriber_account_id,
    agreement_id,
    status,
    start_date,
    end_date,
    monthly_value_usd,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('subscription') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
