{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['control_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('compliance_control') }}",
        post_hook="{{ close_batch('compliance_control', ref('stg_compliance__compliance_control'), ref('rejected_compliance_control')) }}",
    )
}}

-- One row per control_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/compliance/compliance_control.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_compliance_control') }}
-- depends_on: {{ ref('compliance_control_versions') }}
with accepted as (
    select
        control_id,
        tenant_id,
        policy_id,
        title,
        control_kind,
        is_automated,
        frequency,
        status,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by control_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_compliance__compliance_control') }}
    where _errors = '{}' and {{ in_open_batch('compliance_control') }}
),

known as (
    select distinct on (control_id)
        control_id,
        tenant_id,
        policy_id,
        title,
        control_kind,
        is_automated,
        frequency,
        status,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (control_id) in (
        select accepted.control_id
        from accepted
    )
    order by control_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.control_id = known.control_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    control_id,
    tenant_id,
    policy_id,
    title,
    control_kind,
    is_automated,
    frequency,
    status,
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
