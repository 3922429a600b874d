{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['policy_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('compliance_policy') }}",
        post_hook="{{ close_batch('compliance_policy', ref('stg_compliance__compliance_policy'), ref('rejected_compliance_policy')) }}",
    )
}}

-- One row per policy_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/compliance/compliance_policy.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_compliance_policy') }}
-- depends_on: {{ ref('compliance_policy_versions') }}
with accepted as (
    select
        policy_id,
        tenant_id,
        title,
        area,
        framework_code,
        status,
        owner_user_id,
        effective_from,
        review_due_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by policy_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_compliance__compliance_policy') }}
    where _errors = '{}' and {{ in_open_batch('compliance_policy') }}
),

known as (
    select distinct on (policy_id)
        policy_id,
        tenant_id,
        title,
        area,
        framework_code,
        status,
        owner_user_id,
        effective_from,
        review_due_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (policy_id) in (
        select accepted.policy_id
        from accepted
    )
    order by policy_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.policy_id = known.policy_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    policy_id,
    tenant_id,
    title,
    area,
    framework_code,
    status,
    owner_user_id,
    effective_from,
    review_due_on,
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
