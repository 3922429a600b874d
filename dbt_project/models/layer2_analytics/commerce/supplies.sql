{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['supply_id', 'sku'],
        full_refresh=false,
        pre_hook="{{ lock_batch('supplies') }}",
        post_hook="{{ close_batch('supplies', ref('stg_commerce__supplies'), ref('rejected_supplies')) }}",
    )
}}

-- One row per supply_id and sku: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/supplies.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_supplies') }}
with accepted as (
    select
        supply_id,
        sku,
        supply_name,
        cost,
        is_perishable,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by supply_id, sku
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__supplies') }}
    where _errors = '{}' and {{ in_open_batch('supplies') }}
),

known as (
    select distinct on (supply_id, sku)
        supply_id,
        sku,
        supply_name,
        cost,
        is_perishable,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (supply_id, sku) in (
        select
            accepted.supply_id,
            accepted.sku
        from accepted
    )
    order by supply_id, sku, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.supply_id = known.supply_id
            and accepted.sku = known.sku
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    supply_id,
    sku,
    supply_name,
    cost,
    is_perishable,
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
