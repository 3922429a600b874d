{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['store_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('stores') }}",
        post_hook="{{ close_batch('stores', ref('stg_commerce__stores'), ref('rejected_stores')) }}",
    )
}}

-- One row per store_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/stores.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_stores') }}
with accepted as (
    select
        store_id,
        store_name,
        opened_at,
        tax_rate,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by store_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__stores') }}
    where _errors = '{}' and {{ in_open_batch('stores') }}
),

known as (
    select distinct on (store_id)
        store_id,
        store_name,
        opened_at,
        tax_rate,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (store_id) in (
        select accepted.store_id
        from accepted
    )
    order by store_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.store_id = known.store_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    store_id,
    store_name,
    opened_at,
    tax_rate,
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
