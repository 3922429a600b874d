{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['key_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('api_key') }}",
        post_hook="{{ close_batch('api_key', ref('stg_control_plane__api_key'), ref('rejected_api_key')) }}",
    )
}}

-- One row per key_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/control_plane/api_key.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_api_key') }}
-- depends_on: {{ ref('api_key_versions') }}
with accepted as (
    select
        key_id,
        tenant_id,
        created_by_id,
        name,
        key_prefix,
        scopes,
        created_at,
        expires_at,
        revoked_at,
        last_used_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by key_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_control_plane__api_key') }}
    where _errors = '{}' and {{ in_open_batch('api_key') }}
),

known as (
    select distinct on (key_id)
        key_id,
        tenant_id,
        created_by_id,
        name,
        key_prefix,
        scopes,
        created_at,
        expires_at,
        revoked_at,
        last_used_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (key_id) in (
        select accepted.key_id
        from accepted
    )
    order by key_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.key_id = known.key_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    key_id,
    tenant_id,
    created_by_id,
    name,
    key_prefix,
    scopes,
    created_at,
    expires_at,
    revoked_at,
    last_used_at,
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
