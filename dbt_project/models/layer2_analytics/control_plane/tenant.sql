{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('tenant') }}",
        post_hook="{{ close_batch('tenant', ref('stg_control_plane__tenant'), ref('rejected_tenant')) }}",
    )
}}

-- One row per id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/control_plane/tenant.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_tenant') }}
-- depends_on: {{ ref('tenant_versions') }}
with accepted as (
    select
        id,
        slug,
        name,
        plan,
        status,
        region,
        created_at,
        closed_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_control_plane__tenant') }}
    where _errors = '{}' and {{ in_open_batch('tenant') }}
),

known as (
    select distinct on (id)
        id,
        slug,
        name,
        plan,
        status,
        region,
        created_at,
        closed_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (id) in (
        select accepted.id
        from accepted
    )
    order by id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.id = known.id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    id,
    slug,
    name,
    plan,
    status,
    region,
    created_at,
    closed_at,
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
