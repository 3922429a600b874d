{{ config(materialized='view') }}

-- One row per cart_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/commerce/carts.json: edit that file, not this one.
-- depends_on: {{ ref('carts') }}
with everything as (
    select
        coalesce(
            cart_id,
            {{ sql_error('archived rows of carts have no cart_id; if it was renamed, state renamed_from in the definition') }}
        ) as cart_id,
        customer_id,
        status,
        order_id,
        promotion_code,
        discount_amount,
        total_amount,
        currency,
        items,
        opened_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_carts') }}
    union all
    {% if target.type == 'spark' %}
    select
        cart_id,
        customer_id,
        status,
        order_id,
        promotion_code,
        discount_amount,
        total_amount,
        currency,
        items,
        opened_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('carts', 'hot') }} as hot
    {% else %}
    select
        cast(cart_id as uuid) as cart_id,
        cast(customer_id as uuid) as customer_id,
        cast(status as varchar) as status,
        cast(order_id as uuid) as order_id,
        cast(promotion_code as varchar) as promotion_code,
        cast(discount_amount as decimal(10, 2)) as discount_amount,
        cast(total_amount as decimal(10, 2)) as total_amount,
        cast(currency as varchar) as currency,
        cast(items as varchar) as items,
        cast(opened_at as timestamptz) as opened_at,
        cast(updated_at as timestamptz) as updated_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('carts') }}
    {% endif %}
),

ranked as (
    select
        cart_id,
        customer_id,
        status,
        order_id,
        promotion_code,
        discount_amount,
        total_amount,
        currency,
        items,
        opened_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by cart_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    cart_id,
    customer_id,
    status,
    order_id,
    promotion_code,
    discount_amount,
    total_amount,
    currency,
    items,
    opened_at,
    updated_at,
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
    and {{ archive_is_current('carts') }}
