{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['item_code'],
        full_refresh=false,
        pre_hook="{{ lock_batch('purchase_items') }}",
        post_hook="{{ close_batch('purchase_items', ref('stg_procurement__purchase_items'), ref('rejected_purchase_items')) }}",
    )
}}

-- One row per item_code: the newest record known. Closes the batch.
-- Generated from definitions/object_models/procurement/purchase_items.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_purchase_items') }}
with accepted as (
    select
        item_code,
        item_name,
        commodity_code,
        unit_of_measure,
        standard_cost,
        currency,
        lead_time_days,
        is_perishable,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by item_code
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_procurement__purchase_items') }}
    where _errors = '{}' and {{ in_open_batch('purchase_items') }}
),

known as (
    select distinct on (item_code)
        item_code,
        item_name,
        commodity_code,
        unit_of_measure,
        standard_cost,
        currency,
        lead_time_days,
        is_perishable,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (item_code) in (
        select accepted.item_code
        from accepted
    )
    order by item_code, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.item_code = known.item_code
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    item_code,
    item_name,
    commodity_code,
    unit_of_measure,
    standard_cost,
    currency,
    lead_time_days,
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
