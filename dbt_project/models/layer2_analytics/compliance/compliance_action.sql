{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['action_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('compliance_action') }}",
        post_hook="{{ close_batch('compliance_action', ref('stg_compliance__compliance_action'), ref('rejected_compliance_action')) }}",
    )
}}

-- One row per action_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/compliance/compliance_action.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_compliance_action') }}
-- depends_on: {{ ref('compliance_action_versions') }}
with accepted as (
    select
        action_id,
        tenant_id,
        violation_id,
        title,
        assignee_id,
        status,
        due_on,
        completed_on,
        is_late,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by action_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_compliance__compliance_action') }}
    where _errors = '{}' and {{ in_open_batch('compliance_action') }}
),

known as (
    select distinct on (action_id)
        action_id,
        tenant_id,
        violation_id,
        title,
        assignee_id,
        status,
        due_on,
        completed_on,
        is_late,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (action_id) in (
        select accepted.action_id
        from accepted
    )
    order by action_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.action_id = known.action_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    action_id,
    tenant_id,
    violation_id,
    title,
    assignee_id,
    status,
    due_on,
    completed_on,
    is_late,
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
