-- One row per claimed raw record of suppliers, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/procurement/suppliers.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('procurement', 'source_suppliers') }}
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
        _payload ->> 'vendor_no' as supplier_id,
        _payload ->> 'name' as supplier_name,
        _payload #>> '{address, country}' as country_code,
        nullif(nullif(_payload ->> 'tax_id', ''), 'n/a') as tax_number,
        _payload ->> 'status' as status,
        _payload ->> 'risk' as risk_class,
        nullif(_payload #>> '{terms, days}', '') as payment_terms_days,
        _payload #>> '{contact, name}' as contact_name,
        _payload #>> '{contact, email}' as contact_email,
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
        typed.supplier_id,
        typed.supplier_name,
        typed.country_code,
        typed.tax_number,
        typed.status,
        typed.risk_class,
        typed.payment_terms_days,
        typed.contact_name,
        typed.contact_email,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('supplier_id', 'varchar(16)', required=true) }},
                {{ cast_fault('supplier_name', 'varchar(160)', required=true) }},
                {{ cast_fault('country_code', 'varchar(2)', required=true) }},
                {{ cast_fault('tax_number', 'varchar(32)') }},
                {{ cast_fault('status', 'varchar(12)', required=true) }},
                {{ cast_fault('risk_class', 'varchar(8)') }},
                {{ cast_fault('payment_terms_days', 'smallint', required=true) }},
                {{ cast_fault('contact_name', 'varchar(120)') }},
                {{ cast_fault('contact_email', 'varchar(254)') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.supplier_id', 'varchar(16)') }} as supplier_id,
            {{ cast_or_null('sent.supplier_name', 'varchar(160)') }} as supplier_name,
            {{ cast_or_null('sent.country_code', 'varchar(2)') }} as country_code,
            {{ cast_or_null('sent.tax_number', 'varchar(32)') }} as tax_number,
            {{ cast_or_null('sent.status', 'varchar(12)') }} as status,
            {{ cast_or_null('sent.risk_class', 'varchar(8)') }} as risk_class,
            {{ cast_or_null('sent.payment_terms_days', 'smallint') }} as payment_terms_days,
            {{ cast_or_null('sent.contact_name', 'varchar(120)') }} as contact_name,
            {{ cast_or_null('sent.contact_email', 'varchar(254)') }} as contact_email,
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
        supplier_id,
        supplier_name,
        country_code,
        tax_number,
        status,
        risk_class,
        payment_terms_days,
        contact_name,
        contact_email,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (supplier_id ~ '^V-[0-9]{5}$')
                    then 'supplier_id: does not fit ^V-[0-9]{5}$'
            end,
            case
                when not (char_length(supplier_name) between 1 and 160)
                    then 'supplier_name: expected 1 to 160 characters'
            end,
            case
                when not (country_code ~ '^[A-Z]{2}$')
                    then 'country_code: does not fit ^[A-Z]{2}$'
            end,
            case
                when not (status in ('prospect', 'approved', 'blocked'))
                    then 'status: expected one of prospect, approved, blocked'
            end,
            case
                when not (risk_class in ('low', 'medium', 'high'))
                    then 'risk_class: expected one of low, medium, high'
            end,
            case
                when not (payment_terms_days between 0 and 180)
                    then 'payment_terms_days: expected 0 to 180'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (contact_email ~ '^[^@ ]+@[^@ ]+[.][^@ ]+$')
                    then 'contact_email: does not fit ^[^@ ]+@[^@ ]+[.][^@ ]+$'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    supplier_id,
    supplier_name,
    country_code,
    tax_number,
    status,
    risk_class,
    payment_terms_days,
    contact_name,
    contact_email,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('suppliers') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 7, 2)::numeric(3, 2) as _quality_score
from judged
