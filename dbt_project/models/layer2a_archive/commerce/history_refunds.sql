{{ config(materialized='view') }}

-- One row per refund_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/commerce/refunds.json: edit that file, not this one.
-- depends_on: {{ ref('refunds') }}
with everything as (
    select
        coalesce(
            refund_id,
            {{ sql_error('archived rows of refunds have no refund_id; if it was renamed, state renamed_from in the definition') }}
        ) as refund_id,
        payment_id,
        return_id,
        amount,
        currency,
        status,
        refunded_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_refunds') }}
    union all
    {% if target.type == 'spark' %}
    select
        refund_id,
        payment_id,
        return_id,
        amount,
        currency,
        status,
        refunded_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('refunds', 'hot') }} as hot
    {% else %}
    select
        cast(refund_id as varchar) as refund_id,
        cast(payment_id as varchar) as payment_id,
        cast(return_id as uuid) as return_id,
        cast(amount as decimal(10, 2)) as amount,
        cast(currency as varchar) as currency,
        cast(status as varchar) as status,
        cast(refunded_at as timestamptz) as refunded_at,
        cast(updated_at as timestamptz) as updated_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('refunds') }}
    {% endif %}
),

ranked as (
    select
        refund_id,
        payment_id,
        return_id,
        amount,
        currency,
        status,
        refunded_at,
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
            partition by refund_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    refund_id,
    payment_id,
    return_id,
    amount,
    currency,
    status,
    refunded_at,
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
    and {{ archive_is_current('refunds') }}
