{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['request_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('subject_request') }}",
        post_hook="{{ close_batch('subject_request', ref('stg_compliance__subject_request'), ref('rejected_subject_request')) }}",
    )
}}

-- One row per request_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/compliance/subject_request.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_subject_request') }}
-- depends_on: {{ ref('subject_request_versions') }}
with accepted as (
    select
        request_id,
        tenant_id,
        subject_email,
        contact_id,
        right_asked,
        status,
        received_on,
        due_on,
        answered_on,
        is_on_time,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by request_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_compliance__subject_request') }}
    where _errors = '{}' and {{ in_open_batch('subject_request') }}
),

known as (
    select distinct on (request_id)
        request_id,
        tenant_id,
        subject_email,
        contact_id,
        right_asked,
        status,
        received_on,
        due_on,
        answered_on,
        is_on_time,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (request_id) in (
        select accepted.request_id
        from accepted
    )
    order by request_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.request_id = known.request_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    request_id,
    tenant_id,
    subject_email,
    contact_id,
    right_asked,
    status,
    received_on,
    due_on,
    answered_on,
    is_on_time,
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
