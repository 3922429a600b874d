{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook="{{ lock_batch('approval_request') }}",
        post_hook="{{ drop_stale_versions('approval_request', ref('stg_compliance__approval_request')) }}",
    )
}}

-- One row per version a record of approval_request had, by the source's own order. A late record takes its place in between.
-- Generated from definitions/object_models/compliance/approval_request.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_approval_request') }}
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
        now() as _loaded_at,
        1 as _definition_version,
        _quality_issues,
        _quality_score,
        _valid_from as valid_from,
        _correlation_id
    from {{ ref('stg_compliance__approval_request') }}
    where _errors = '{}' and {{ in_open_batch('approval_request') }}
),

-- The versions already known of the same objects, whose ends may move.
known as (
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        valid_from,
        _correlation_id
    from {{ this }} as standing
    where
        (approval_id) in (
            select accepted.approval_id
            from accepted
            union all
            select earlier.approval_id
            from {{ this }} as earlier
            where {{ in_open_batch('approval_request') }}
        )
        and not {{ in_open_batch('approval_request') }}
        and not exists (
            select from accepted as again
            where again._raw_seq = standing._raw_seq
        )
),

everything as (
    select * from accepted
    union all
    select * from known
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score,
    valid_from,
    -- Where the order is not one of time, a newer version may hold from earlier on: no two may hold at once.
    case when count(*) over later > 0 then greatest(valid_from, min(valid_from) over later) end as valid_to,
    count(*) over later = 0 as is_current,
    _correlation_id
from everything
window
    later as (
        partition by approval_id
        order by _source_order, _raw_seq
        rows between 1 following and unbounded following
    )
