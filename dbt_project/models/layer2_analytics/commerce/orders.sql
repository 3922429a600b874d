{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['order_id', 'ordered_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('orders') }}",
        post_hook="{{ close_batch('orders', ref('stg_commerce__orders'), ref('rejected_orders')) }}",
    )
}}

-- One row per order_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/orders.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_orders') }}
with accepted as (
    select
        order_id,
        customer_id,
        store_id,
        ordered_at,
        status,
        fulfilled_at,
        subtotal,
        tax_paid,
        order_total,
        updated_at,
        total_amount,
        currency,
        created_at,
        created_by,
        updated_by,
        version,
        deleted_at,
        deleted_by,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by order_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__orders') }}
    where _errors = '{}' and {{ in_open_batch('orders') }}
),

known as (
    select distinct on (order_id)
        order_id,
        customer_id,
        store_id,
        ordered_at,
        status,
        fulfilled_at,
        subtotal,
        tax_paid,
        order_total,
        updated_at,
        total_amount,
        currency,
        created_at,
        created_by,
        updated_by,
        version,
        deleted_at,
        deleted_by,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            order_id,
            customer_id,
            store_id,
            ordered_at,
            status,
            fulfilled_at,
            subtotal,
            tax_paid,
            order_total,
            updated_at,
            total_amount,
            currency,
            created_at,
            created_by,
            updated_by,
            version,
            deleted_at,
            deleted_by,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (order_id) in (
            select accepted.order_id
            from accepted
        )
        union all
        select
            order_id,
            customer_id,
            store_id,
            ordered_at,
            status,
            fulfilled_at,
            subtotal,
            tax_paid,
            order_total,
            updated_at,
            total_amount,
            currency,
            created_at,
            created_by,
            updated_by,
            version,
            deleted_at,
            deleted_by,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('orders') }} as cold
        where (order_id) in (
            select accepted.order_id
            from accepted
        )
    ) as standing
    order by order_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.order_id = known.order_id
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
        earlier.order_id,
        earlier.customer_id,
        earlier.store_id,
        earlier.ordered_at,
        earlier.status,
        earlier.fulfilled_at,
        earlier.subtotal,
        earlier.tax_paid,
        earlier.order_total,
        earlier.updated_at,
        earlier.total_amount,
        earlier.currency,
        earlier.created_at,
        earlier.created_by,
        earlier.updated_by,
        earlier.version,
        earlier.deleted_at,
        earlier.deleted_by,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.order_id = earlier.order_id
    where earlier.ordered_at <> newest.ordered_at and not earlier._deleted
)

select
    order_id,
    customer_id,
    store_id,
    ordered_at,
    status,
    fulfilled_at,
    subtotal,
    tax_paid,
    order_total,
    updated_at,
    total_amount,
    currency,
    created_at,
    created_by,
    updated_by,
    version,
    deleted_at,
    deleted_by,
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
    order_id,
    customer_id,
    store_id,
    ordered_at,
    status,
    fulfilled_at,
    subtotal,
    tax_paid,
    order_total,
    updated_at,
    total_amount,
    currency,
    created_at,
    created_by,
    updated_by,
    version,
    deleted_at,
    deleted_by,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
