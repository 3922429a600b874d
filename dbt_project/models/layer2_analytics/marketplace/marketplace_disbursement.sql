{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['disbursement_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketplace_disbursement') }}",
        post_hook="{{ close_batch('marketplace_disbursement', ref('stg_marketplace__marketplace_disbursement'), ref('rejected_marketplace_disbursement')) }}",
    )
}}

-- One row per disbursement_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/marketplace_disbursement.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketplace_disbursement') }}
-- depends_on: {{ ref('marketplace_disbursement_versions') }}
with accepted as (
    select
        tenant_id,
        disbursement_id,
        bank_trace_id,
        amount,
        currency,
        status,
        bank_account_last4,
        paid_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by disbursement_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__marketplace_disbursement') }}
    where _errors = '{}' and {{ in_open_batch('marketplace_disbursement') }}
),

known as (
    select distinct on (disbursement_id)
        tenant_id,
        disbursement_id,
        bank_trace_id,
        amount,
        currency,
        status,
        bank_account_last4,
        paid_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (disbursement_id) in (
        select accepted.disbursement_id
        from accepted
    )
    order by disbursement_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.disbursement_id = known.disbursement_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    tenant_id,
    disbursement_id,
    bank_trace_id,
    amount,
    currency,
    status,
    bank_account_last4,
    paid_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
