{{ config(materialized='view') }}

-- One row per payment_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/commerce/payments.json: edit that file, not this one.
-- depends_on: {{ ref('payments') }}
with everything as (
    select
        coalesce(
            payment_id,
            {{ sql_error('archived rows of payments have no payment_id; if it was renamed, state renamed_from in the definition') }}
        ) as payment_id,
        order_id,
        method,
        status,
        amount,
        currency,
        provider_fee,
        card_last4,
        decline_reason,
        paid_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_payments') }}
    union all
    {% if target.type == 'spark' %}
    select
        payment_id,
        order_id,
        method,
        status,
        amount,
        currency,
        provider_fee,
        card_last4,
        decline_reason,
        paid_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('payments', 'hot') }} as hot
    {% else %}
    select
        cast(payment_id as varchar) as payment_id,
        cast(order_id as uuid) as order_id,
        cast(method as varchar) as method,
        cast(status as varchar) as status,
        cast(amount as decimal(10, 2)) as amount,
        cast(currency as varchar) as currency,
        cast(provider_fee as decimal(10, 4)) as provider_fee,
        cast(card_last4 as varchar) as card_last4,
        cast(decline_reason as varchar) as decline_reason,
        cast(paid_at as timestamptz) as paid_at,
        cast(updated_at as timestamptz) as updated_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('payments') }}
    {% endif %}
),

ranked as (
    select
        payment_id,
        order_id,
        method,
        status,
        amount,
        currency,
        provider_fee,
        card_last4,
        decline_reason,
        paid_at,
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
            partition by payment_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    payment_id,
    order_id,
    method,
    status,
    amount,
    currency,
    provider_fee,
    card_last4,
    decline_reason,
    paid_at,
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
    and {{ archive_is_current('payments') }}
