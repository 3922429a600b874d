{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['violation_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('compliance_violation') }}",
        post_hook="{{ close_batch('compliance_violation', ref('stg_compliance__compliance_violation'), ref('rejected_compliance_violation')) }}",
    )
}}

-- One row per violation_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/compliance/compliance_violation.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_compliance_violation') }}
-- depends_on: {{ ref('compliance_violation_versions') }}
with accepted as (
    select
        violation_id,
        tenant_id,
        policy_id,
        control_id,
        severity,
        status,
        affects_personal_data,
        detected_at,
        reported_at,
        resolved_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by violation_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_compliance__compliance_violation') }}
    where _errors = '{}' and {{ in_open_batch('compliance_violation') }}
),

known as (
    select distinct on (violation_id)
        violation_id,
        tenant_id,
        policy_id,
        control_id,
        severity,
        status,
        affects_personal_data,
        detected_at,
        reported_at,
        resolved_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (violation_id) in (
        select accepted.violation_id
        from accepted
    )
    order by violation_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.violation_id = known.violation_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    violation_id,
    tenant_id,
    policy_id,
    control_id,
    severity,
    status,
    affects_personal_data,
    detected_at,
    reported_at,
    resolved_at,
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
