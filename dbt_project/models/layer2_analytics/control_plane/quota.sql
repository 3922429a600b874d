{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['quota_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('quota') }}",
        post_hook="{{ close_batch('quota', ref('stg_control_plane__quota'), ref('rejected_quota')) }}",
    )
}}

-- One row per quota_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/control_plane/quota.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_quota') }}
-- depends_on: {{ ref('quota_versions') }}
with accepted as (
    select
        quota_id,
        tenant_id,
        resource,
        limit_value,
        is_hard,
        raised_by_id,
        valid_until,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by quota_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_control_plane__quota') }}
    where _errors = '{}' and {{ in_open_batch('quota') }}
),

known as (
    select distinct on (quota_id)
        quota_id,
        tenant_id,
        resource,
        limit_value,
        is_hard,
        raised_by_id,
        valid_until,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (quota_id) in (
        select accepted.quota_id
        from accepted
    )
    order by quota_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.quota_id = known.quota_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    quota_id,
    tenant_id,
    resource,
    limit_value,
    is_hard,
    raised_by_id,
    valid_until,
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
