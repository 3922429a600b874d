-- One row per claimed raw record of marketing_consent, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketing/marketing_consent.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('marketing', 'source_marketing_consent') }}
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
        nullif(_payload ->> 'consent_id', '') as consent_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        nullif(_payload ->> 'contact_id', '') as contact_id,
        _payload ->> 'purpose' as purpose,
        nullif(_payload ->> 'is_given', '') as is_given,
        _payload ->> 'legal_basis' as legal_basis,
        _payload ->> 'wording_version' as wording_version,
        nullif(_payload ->> 'answered_at', '') as answered_at,
        _payload ->> 'evidence_ref' as evidence_ref
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.consent_id,
        typed.tenant_id,
        typed.contact_id,
        typed.purpose,
        typed.is_given,
        typed.legal_basis,
        typed.wording_version,
        typed.answered_at,
        typed.evidence_ref,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('consent_id', 'uuid', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('contact_id', 'uuid', required=true) }},
                {{ cast_fault('purpose', 'varchar(32)', required=true) }},
                {{ cast_fault('is_given', 'boolean', required=true) }},
                {{ cast_fault('legal_basis', 'varchar(24)', required=true) }},
                {{ cast_fault('wording_version', 'varchar(32)', required=true) }},
                {{ cast_fault('answered_at', 'timestamptz', required=true) }},
                {{ cast_fault('evidence_ref', 'varchar(255)') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.consent_id', 'uuid') }} as consent_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.contact_id', 'uuid') }} as contact_id,
            {{ cast_or_null('sent.purpose', 'varchar(32)') }} as purpose,
            {{ cast_or_null('sent.is_given', 'boolean') }} as is_given,
            {{ cast_or_null('sent.legal_basis', 'varchar(24)') }} as legal_basis,
            {{ cast_or_null('sent.wording_version', 'varchar(32)') }} as wording_version,
            {{ cast_or_null('sent.answered_at', 'timestamptz') }} as answered_at,
            {{ cast_or_null('sent.evidence_ref', 'varchar(255)') }} as evidence_ref
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
        consent_id,
        tenant_id,
        contact_id,
        purpose,
        is_given,
        legal_basis,
        wording_version,
        answered_at,
        evidence_ref,
        _cast_faults || array_remove(array[
            case
                when not (purpose in ('newsletter', 'product_news', 'events', 'profiling', 'sharing_with_vendor'))
                    then 'purpose: expected one of newsletter, product_news, events, profiling, sharing_with_vendor'
            end,
            case
                when not (legal_basis in ('consent', 'contract', 'legitimate_interest'))
                    then 'legal_basis: expected one of consent, contract, legitimate_interest'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (evidence_ref is not null or not is_given)
                    then 'evidence_ref: does not hold: evidence_ref is not null or not is_given'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    consent_id,
    tenant_id,
    contact_id,
    purpose,
    is_given,
    legal_basis,
    wording_version,
    answered_at,
    evidence_ref,
    (extract(epoch from answered_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    answered_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketing_consent') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged
