{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['grant_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('role_grant') }}",
        post_hook="{{ close_batch('role_grant', ref('stg_control_plane__role_grant'), ref('rejected_role_grant')) }}",
    )
}}

-- One row per grant_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/control_plane/role_grant.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_role_grant') }}
-- depends_on: {{ ref('role_grant_versions') }}
with accepted as (
    select
        grant_id,
        tenant_id,
        user_id,
        role,
        granted_by_id,
        granted_at,
        revoked_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by grant_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_control_plane__role_grant') }}
    where _errors = '{}' and {{ in_open_batch('role_grant') }}
),

known as (
    select distinct on (grant_id)
        grant_id,
        tenant_id,
        user_id,
        role,
        granted_by_id,
        granted_at,
        revoked_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (grant_id) in (
        select accepted.grant_id
        from accepted
    )
    order by grant_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.grant_id = known.grant_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    grant_id,
    tenant_id,
    user_id,
    role,
    granted_by_id,
    granted_at,
    revoked_at,
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
