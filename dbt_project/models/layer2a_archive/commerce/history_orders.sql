{{ config(materialized='view') }}

-- One row per order_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/commerce/orders.json: edit that file, not this one.
-- depends_on: {{ ref('orders') }}
with everything as (
    select
        coalesce(
            order_id,
            {{ sql_error('archived rows of orders have no order_id; if it was renamed, state renamed_from in the definition') }}
        ) as order_id,
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_orders') }}
    union all
    {% if target.type == 'spark' %}
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('orders', 'hot') }} as hot
    {% else %}
    select
        cast(order_id as uuid) as order_id,
        cast(customer_id as uuid) as customer_id,
        cast(store_id as uuid) as store_id,
        cast(ordered_at as timestamptz) as ordered_at,
        cast(status as varchar) as status,
        cast(fulfilled_at as timestamptz) as fulfilled_at,
        cast(subtotal as integer) as subtotal,
        cast(tax_paid as integer) as tax_paid,
        cast(order_total as integer) as order_total,
        cast(updated_at as timestamptz) as updated_at,
        cast(total_amount as decimal(10, 2)) as total_amount,
        cast(currency as varchar) as currency,
        cast(created_at as timestamptz) as created_at,
        cast(created_by as varchar) as created_by,
        cast(updated_by as varchar) as updated_by,
        cast(version as integer) as version,
        cast(deleted_at as timestamptz) as deleted_at,
        cast(deleted_by as varchar) as deleted_by,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('orders') }}
    {% endif %}
),

ranked as (
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by order_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('orders') }}
