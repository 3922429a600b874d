-- One row per claimed raw record of marketplace_billing_event, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketplace/marketplace_billing_event.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('marketplace', 'source_marketplace_billing_event') }}
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
        _payload ->> 'billing_event_id' as billing_event_id,
        _payload ->> 'action' as action,
        _payload ->> 'transaction_type' as transaction_type,
        _payload ->> 'product_id' as product_id,
        _payload ->> 'agreement_id' as agreement_id,
        _payload ->> 'end_user_account_id' as end_user_account_id,
        _payload ->> 'disbursement_billing_event_id' as disbursement_id,
        nullif(_payload ->> 'amount', '') as amount,
        _payload ->> 'currency' as currency,
        nullif(_payload ->> 'invoice_date', '') as invoice_date,
        nullif(_payload ->> 'action_date', '') as action_date
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.tenant_id,
        typed.billing_event_id,
        typed.action,
        typed.transaction_type,
        typed.product_id,
        typed.agreement_id,
        typed.end_user_account_id,
        typed.disbursement_id,
        typed.amount,
        typed.currency,
        typed.invoice_date,
        typed.action_date,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('billing_event_id', 'varchar(80)', required=true) }},
                {{ cast_fault('action', 'varchar(16)', required=true) }},
                {{ cast_fault('transaction_type', 'varchar(64)', required=true) }},
                {{ cast_fault('product_id', 'varchar(64)') }},
                {{ cast_fault('agreement_id', 'varchar(64)') }},
                {{ cast_fault('end_user_account_id', 'varchar(12)') }},
                {{ cast_fault('disbursement_id', 'varchar(80)') }},
                {{ cast_fault('amount', 'numeric(18,6)', required=true) }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('invoice_date', 'timestamptz') }},
                {{ cast_fault('action_date', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.billing_event_id', 'varchar(80)') }} as billing_event_id,
            {{ cast_or_null('sent.action', 'varchar(16)') }} as action,
            {{ cast_or_null('sent.transaction_type', 'varchar(64)') }} as transaction_type,
            {{ cast_or_null('sent.product_id', 'varchar(64)') }} as product_id,
            {{ cast_or_null('sent.agreement_id', 'varchar(64)') }} as agreement_id,
            {{ cast_or_null('sent.end_user_account_id', 'varchar(12)') }} as end_user_account_id,
            {{ cast_or_null('sent.disbursement_id', 'varchar(80)') }} as disbursement_id,
            {{ cast_or_null('sent.amount', 'numeric(18,6)') }} as amount,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
            {{ cast_or_null('sent.invoice_date', 'timestamptz') }} as invoice_date,
            {{ cast_or_null('sent.action_date', 'timestamptz') }} as action_date
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
        billing_event_id,
        action,
        transaction_type,
        product_id,
        agreement_id,
        end_user_account_id,
        disbursement_id,
        amount,
        currency,
        invoice_date,
        action_date,
        _cast_faults || array_remove(array[
            case
                when not (action in ('INVOICED', 'FORGIVEN', 'DISBURSED'))
                    then 'action: expected one of INVOICED, FORGIVEN, DISBURSED'
            end,
            case
                when not (transaction_type ~ '^[A-Z_]+$')
                    then 'transaction_type: does not fit ^[A-Z_]+$'
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
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    billing_event_id,
    action,
    transaction_type,
    product_id,
    agreement_id,
    end_user_account_id,
    disbursement_id,
    amount,
    currency,
    invoice_date,
    action_date,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketplace_billing_event') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged
