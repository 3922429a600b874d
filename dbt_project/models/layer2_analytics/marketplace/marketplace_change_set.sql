{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['change_set_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketplace_change_set') }}",
        post_hook="{{ close_batch('marketplace_change_set', ref('stg_marketplace__marketplace_change_set'), ref('rejected_marketplace_change_set')) }}",
    )
}}

-- One row per change_set_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/marketplace_change_set.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketplace_change_set') }}
-- depends_on: {{ ref('marketplace_change_set_versions') }}
with accepted as (
    select
        tenant_id,
        change_set_id,
        change_set_name,
        status,
        product_id,
        change_types,
        failure_code,
        started_at,
        ended_at,
        last_seen_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by change_set_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__marketplace_change_set') }}
    where _errors = '{}' and {{ in_open_batch('marketplace_change_set') }}
),

known as (
    select distinct on (change_set_id)
        tenant_id,
        change_set_id,
        change_set_name,
        status,
        product_id,
        change_types,
        failure_code,
        started_at,
        ended_at,
        last_seen_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (change_set_id) in (
        select accepted.change_set_id
        from accepted
    )
    order by change_set_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.change_set_id = known.change_set_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    tenant_id,
    change_set_id,
    change_set_name,
    status,
    product_id,
    change_types,
    failure_code,
    started_at,
    ended_at,
    last_seen_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
