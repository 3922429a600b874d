{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['approval_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('approval_request') }}",
        post_hook="{{ close_batch('approval_request', ref('stg_compliance__approval_request'), ref('rejected_approval_request')) }}",
    )
}}

-- One row per approval_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/compliance/approval_request.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_approval_request') }}
-- depends_on: {{ ref('approval_request_versions') }}
with accepted as (
    select
        approval_id,
        tenant_id,
        policy_id,
        subject_kind,
        subject_id,
        requested_by_id,
        decided_by_id,
        decision,
        requested_at,
        decided_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by approval_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_compliance__approval_request') }}
    where _errors = '{}' and {{ in_open_batch('approval_request') }}
),

known as (
    select distinct on (approval_id)
        approval_id,
        tenant_id,
        policy_id,
        subject_kind,
        subject_id,
        requested_by_id,
        decided_by_id,
        decision,
        requested_at,
        decided_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (approval_id) in (
        select accepted.approval_id
        from accepted
    )
    order by approval_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.approval_id = known.approval_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    approval_id,
    tenant_id,
    policy_id,
    subject_kind,
    subject_id,
    requested_by_id,
    decided_by_id,
    decision,
    requested_at,
    decided_at,
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
