-- One row per claimed raw record of marketplace_disbursement, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/marketplace_disbursement.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketplace', 'source_marketplace_disbursement') }}
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
        _payload ->> 'disbursement_id' as disbursement_id,
        _payload ->> 'bank_trace_id' as bank_trace_id,
        nullif(_payload ->> 'amount', '') as amount,
        _payload ->> 'currency' as currency,
        _payload ->> 'status' as status,
        _payload ->> 'bank_account_last4' as bank_account_last4,
        nullif(_payload ->> 'paid_on', '') as paid_on,
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
        typed.disbursement_id,
        typed.bank_trace_id,
        typed.amount,
        typed.currency,
        typed.status,
        typed.bank_account_last4,
        typed.paid_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('disbursement_id', 'varchar(80)', required=true) }},
                {{ cast_fault('bank_trace_id', 'varchar(80)') }},
                {{ cast_fault('amount', 'numeric(18,2)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('bank_account_last4', 'varchar(4)') }},
                {{ cast_fault('paid_on', 'date') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.disbursement_id', 'varchar(80)') }} as disbursement_id,
            {{ cast_or_null('sent.bank_trace_id', 'varchar(80)') }} as bank_trace_id,
            {{ cast_or_null('sent.amount', 'numeric(18,2)') }} as amount,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.bank_account_last4', 'varchar(4)') }} as bank_account_last4,
            {{ cast_or_null('sent.paid_on', 'date') }} as paid_on,
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
        disbursement_id,
        bank_trace_id,
        amount,
        currency,
        status,
        bank_account_last4,
        paid_on,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (amount >= 0)
                    then 'amount: expected at least 0'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end,
            case
                when not (status in ('scheduled', 'paid', 'returned'))
                    then 'status: expected one of scheduled, paid, returned'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (bank_account_last4 ~ '^[0-9A-Z]{4}$')
                    then 'bank_account_last4: does not fit ^[0-9A-Z]{4}$'
            end,
            case
                when not (paid_on is not null or status = 'scheduled')
                    then 'paid_on: does not hold: paid_on is not null or status = ''scheduled'''
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    disbursement_id,
    bank_trace_id,
    amount,
    currency,
    status,
    bank_account_last4,
    paid_on,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketplace_disbursement') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
