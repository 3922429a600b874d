{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['hold_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('legal_hold') }}",
        post_hook="{{ close_batch('legal_hold', ref('stg_compliance__legal_hold'), ref('rejected_legal_hold')) }}",
    )
}}

-- One row per hold_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/compliance/legal_hold.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_legal_hold') }}
-- depends_on: {{ ref('legal_hold_versions') }}
with accepted as (
    select
        hold_id,
        tenant_id,
        matter,
        scope_table,
        scope_from,
        scope_to,
        status,
        placed_at,
        placed_by_id,
        released_at,
        release_approval_id,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by hold_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_compliance__legal_hold') }}
    where _errors = '{}' and {{ in_open_batch('legal_hold') }}
),

known as (
    select distinct on (hold_id)
        hold_id,
        tenant_id,
        matter,
        scope_table,
        scope_from,
        scope_to,
        status,
        placed_at,
        placed_by_id,
        released_at,
        release_approval_id,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (hold_id) in (
        select accepted.hold_id
        from accepted
    )
    order by hold_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.hold_id = known.hold_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    hold_id,
    tenant_id,
    matter,
    scope_table,
    scope_from,
    scope_to,
    status,
    placed_at,
    placed_by_id,
    released_at,
    release_approval_id,
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
