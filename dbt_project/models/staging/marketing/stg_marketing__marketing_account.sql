-- One row per claimed raw record of marketing_account, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketing/marketing_account.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketing', 'source_marketing_account') }}
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
        nullif(_payload ->> 'account_id', '') as account_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'company_name' as company_name,
        _payload ->> 'industry' as industry,
        _payload ->> 'country_code' as country_code,
        _payload ->> 'employee_band' as employee_band,
        _payload ->> 'subscriber_account_id' as subscriber_account_id,
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
        typed.account_id,
        typed.tenant_id,
        typed.company_name,
        typed.industry,
        typed.country_code,
        typed.employee_band,
        typed.subscriber_account_id,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('account_id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('company_name', 'varchar(200)', required=true) }},
                {{ cast_fault('industry', 'varchar(80)') }},
                {{ cast_fault('country_code', 'varchar(2)') }},
                {{ cast_fault('employee_band', 'varchar(16)') }},
                {{ cast_fault('subscriber_account_id', 'varchar(12)') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.account_id', 'uuid') }} as account_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.company_name', 'varchar(200)') }} as company_name,
            {{ cast_or_null('sent.industry', 'varchar(80)') }} as industry,
            {{ cast_or_null('sent.country_code', 'varchar(2)') }} as country_code,
            {{ cast_or_null('sent.employee_band', 'varchar(16)') }} as employee_band,
            {{ cast_or_null('sent.subscriber_account_id', 'varchar(12)') }} as subscriber_account_id,
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
        account_id,
        tenant_id,
        company_name,
        industry,
        country_code,
        employee_band,
        subscriber_account_id,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (char_length(company_name) between 1 and 200)
                    then 'company_name: expected 1 to 200 characters'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (country_code ~ '^[A-Z]{2}$')
                    then 'country_code: does not fit ^[A-Z]{2}$'
            end,
            case
                when not (employee_band in ('1-9', '10-49', '50-249', '250-999', '1000-9999', '10000+'))
                    then 'employee_band: expected one of 1-9, 10-49, 50-249, 250-999, 1000-9999, 10000+'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    account_id,
    tenant_id,
    company_name,
    industry,
    country_code,
    employee_band,
    subscriber_account_id,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketing_account') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
