{{ config(materialized='view') }}

-- One row per movement_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/customer_retention/loyalty_movements.json: edit that file, not this one.
-- depends_on: {{ ref('loyalty_movements') }}
with everything as (
    select
        coalesce(
            movement_id,
            {{ sql_error('archived rows of loyalty_movements have no movement_id; if it was renamed, state renamed_from in the definition') }}
        ) as movement_id,
        account_number,
        movement_type,
        points,
        order_id,
        booked_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_loyalty_movements') }}
    union all
    {% if target.type == 'spark' %}
    select
        movement_id,
        account_number,
        movement_type,
        points,
        order_id,
        booked_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('loyalty_movements', 'hot') }} as hot
    {% else %}
    select
        cast(movement_id as bigint) as movement_id,
        cast(account_number as varchar) as account_number,
        cast(movement_type as varchar) as movement_type,
        cast(points as integer) as points,
        cast(order_id as uuid) as order_id,
        cast(booked_at as timestamptz) as booked_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('loyalty_movements') }}
    {% endif %}
),

ranked as (
    select
        movement_id,
        account_number,
        movement_type,
        points,
        order_id,
        booked_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by movement_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    movement_id,
    account_number,
    movement_type,
    points,
    order_id,
    booked_at,
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
    and {{ archive_is_current('loyalty_movements') }}
