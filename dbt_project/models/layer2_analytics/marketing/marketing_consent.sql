{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['consent_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketing_consent') }}",
        post_hook="{{ close_batch('marketing_consent', ref('stg_marketing__marketing_consent'), ref('rejected_marketing_consent')) }}",
    )
}}

-- One row per consent_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketing/marketing_consent.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketing_consent') }}
-- depends_on: {{ ref('marketing_consent_versions') }}
with accepted as (
    select
        consent_id,
        tenant_id,
        contact_id,
        purpose,
        is_given,
        legal_basis,
        wording_version,
        answered_at,
        evidence_ref,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by consent_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketing__marketing_consent') }}
    where _errors = '{}' and {{ in_open_batch('marketing_consent') }}
),

known as (
    select distinct on (consent_id)
        consent_id,
        tenant_id,
        contact_id,
        purpose,
        is_given,
        legal_basis,
        wording_version,
        answered_at,
        evidence_ref,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (consent_id) in (
        select accepted.consent_id
        from accepted
    )
    order by consent_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.consent_id = known.consent_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    consent_id,
    tenant_id,
    contact_id,
    purpose,
    is_given,
    legal_basis,
    wording_version,
    answered_at,
    evidence_ref,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
