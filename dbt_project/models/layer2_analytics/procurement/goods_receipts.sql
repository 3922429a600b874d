{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['receipt_id', 'received_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('goods_receipts') }}",
        post_hook="{{ close_batch('goods_receipts', ref('stg_procurement__goods_receipts'), ref('rejected_goods_receipts')) }}",
    )
}}

-- One row per receipt_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/procurement/goods_receipts.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_goods_receipts') }}
with accepted as (
    select
        receipt_id,
        purchase_order_id,
        line_number,
        supplier_id,
        site_code,
        received_quantity,
        rejected_quantity,
        reject_reason,
        is_by_promise,
        received_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by receipt_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_procurement__goods_receipts') }}
    where _errors = '{}' and {{ in_open_batch('goods_receipts') }}
),

known as (
    select distinct on (receipt_id)
        receipt_id,
        purchase_order_id,
        line_number,
        supplier_id,
        site_code,
        received_quantity,
        rejected_quantity,
        reject_reason,
        is_by_promise,
        received_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            receipt_id,
            purchase_order_id,
            line_number,
            supplier_id,
            site_code,
            received_quantity,
            rejected_quantity,
            reject_reason,
            is_by_promise,
            received_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (receipt_id) in (
            select accepted.receipt_id
            from accepted
        )
        union all
        select
            receipt_id,
            purchase_order_id,
            line_number,
            supplier_id,
            site_code,
            received_quantity,
            rejected_quantity,
            reject_reason,
            is_by_promise,
            received_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('goods_receipts') }} as cold
        where (receipt_id) in (
            select accepted.receipt_id
            from accepted
        )
    ) as standing
    order by receipt_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.receipt_id = known.receipt_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.receipt_id,
        earlier.purchase_order_id,
        earlier.line_number,
        earlier.supplier_id,
        earlier.site_code,
        earlier.received_quantity,
        earlier.rejected_quantity,
        earlier.reject_reason,
        earlier.is_by_promise,
        earlier.received_at,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.receipt_id = earlier.receipt_id
    where earlier.received_at <> newest.received_at and not earlier._deleted
)

select
    receipt_id,
    purchase_order_id,
    line_number,
    supplier_id,
    site_code,
    received_quantity,
    rejected_quantity,
    reject_reason,
    is_by_promise,
    received_at,
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
union all
select
    receipt_id,
    purchase_order_id,
    line_number,
    supplier_id,
    site_code,
    received_quantity,
    rejected_quantity,
    reject_reason,
    is_by_promise,
    received_at,
    updated_at,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
