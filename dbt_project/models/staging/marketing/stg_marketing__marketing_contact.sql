-- One row per claimed raw record of marketing_contact, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketing/marketing_contact.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketing', 'source_marketing_contact') }}
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
        nullif(_payload ->> 'contact_id', '') as contact_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        nullif(_payload ->> 'account_id', '') as account_id,
        _payload ->> 'email' as email,
        _payload ->> 'full_name' as full_name,
        _payload ->> 'phone' as phone,
        _payload ->> 'job_title' as job_title,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'created_at', '') as created_at,
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
        typed.contact_id,
        typed.tenant_id,
        typed.account_id,
        typed.email,
        typed.full_name,
        typed.phone,
        typed.job_title,
        typed.status,
        typed.created_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('contact_id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('account_id', 'uuid') }},
                {{ cast_fault('email', 'varchar(254)') }},
                {{ cast_fault('full_name', 'varchar(200)') }},
                {{ cast_fault('phone', 'varchar(40)') }},
                {{ cast_fault('job_title', 'varchar(120)') }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('created_at', 'timestamptz', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.contact_id', 'uuid') }} as contact_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.account_id', 'uuid') }} as account_id,
            {{ cast_or_null('sent.email', 'varchar(254)') }} as email,
            {{ cast_or_null('sent.full_name', 'varchar(200)') }} as full_name,
            {{ cast_or_null('sent.phone', 'varchar(40)') }} as phone,
            {{ cast_or_null('sent.job_title', 'varchar(120)') }} as job_title,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.created_at', 'timestamptz') }} as created_at,
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
        contact_id,
        tenant_id,
        account_id,
        email,
        full_name,
        phone,
        job_title,
        status,
        created_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (status in ('active', 'unsubscribed', 'bounced', 'forgotten'))
                    then 'status: expected one of active, unsubscribed, bounced, forgotten'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (email ~ '^[^@ ]+@[^@ ]+$')
                    then 'email: does not fit ^[^@ ]+@[^@ ]+$'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    contact_id,
    tenant_id,
    account_id,
    email,
    full_name,
    phone,
    job_title,
    status,
    created_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketing_contact') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 2, 2)::numeric(3, 2) as _quality_score
from judged
