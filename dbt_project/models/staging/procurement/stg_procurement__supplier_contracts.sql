-- One row per claimed raw record of supplier_contracts, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/procurement/supplier_contracts.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('procurement', 'source_supplier_contracts') }}
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
        _payload ->> 'contract_no' as contract_id,
        _payload ->> 'vendor_no' as supplier_id,
        _payload ->> 'title' as title,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'starts_on', '') as starts_on,
        nullif(_payload ->> 'ends_on', '') as ends_on,
        nullif(_payload #>> '{commitment, amount}', '') as committed_spend,
        _payload #>> '{commitment, currency}' as currency,
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
        typed.contract_id,
        typed.supplier_id,
        typed.title,
        typed.status,
        typed.starts_on,
        typed.ends_on,
        typed.committed_spend,
        typed.currency,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('contract_id', 'varchar(24)', required=true) }},
                {{ cast_fault('supplier_id', 'varchar(16)', required=true) }},
                {{ cast_fault('title', 'varchar(200)', required=true) }},
                {{ cast_fault('status', 'varchar(12)', required=true) }},
                {{ cast_fault('starts_on', 'date', required=true) }},
                {{ cast_fault('ends_on', 'date') }},
                {{ cast_fault('committed_spend', 'numeric(16,2)') }},
                {{ cast_fault('currency', 'varchar(3)', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.contract_id', 'varchar(24)') }} as contract_id,
            {{ cast_or_null('sent.supplier_id', 'varchar(16)') }} as supplier_id,
            {{ cast_or_null('sent.title', 'varchar(200)') }} as title,
            {{ cast_or_null('sent.status', 'varchar(12)') }} as status,
            {{ cast_or_null('sent.starts_on', 'date') }} as starts_on,
            {{ cast_or_null('sent.ends_on', 'date') }} as ends_on,
            {{ cast_or_null('sent.committed_spend', 'numeric(16,2)') }} as committed_spend,
            {{ cast_or_null('sent.currency', 'varchar(3)') }} as currency,
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
        contract_id,
        supplier_id,
        title,
        status,
        starts_on,
        ends_on,
        committed_spend,
        currency,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (contract_id ~ '^FC-[0-9]{4}-[0-9]{4}$')
                    then 'contract_id: does not fit ^FC-[0-9]{4}-[0-9]{4}$'
            end,
            case
                when not (char_length(title) between 1 and 200)
                    then 'title: expected 1 to 200 characters'
            end,
            case
                when not (status in ('draft', 'active', 'expired', 'terminated'))
                    then 'status: expected one of draft, active, expired, terminated'
            end,
            case
                when not (ends_on is null or ends_on >= starts_on)
                    then 'ends_on: does not hold: ends_on is null or ends_on >= starts_on'
            end,
            case
                when not (committed_spend >= 0)
                    then 'committed_spend: expected at least 0'
            end,
            case
                when not (currency ~ '^[A-Z]{3}$')
                    then 'currency: does not fit ^[A-Z]{3}$'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    contract_id,
    supplier_id,
    title,
    status,
    starts_on,
    ends_on,
    committed_spend,
    currency,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('supplier_contracts') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged
