{{ config(materialized='view') }}

-- One row per offer_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/customer_retention/retention_offers.json: edit that file, not this one.
-- depends_on: {{ ref('retention_offers') }}
with everything as (
    select
        coalesce(
            offer_id,
            {{ sql_error('archived rows of retention_offers have no offer_id; if it was renamed, state renamed_from in the definition') }}
        ) as offer_id,
        customer_id,
        promotion_code,
        channel,
        response,
        is_control,
        came_back_at,
        offered_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_retention_offers') }}
    union all
    {% if target.type == 'spark' %}
    select
        offer_id,
        customer_id,
        promotion_code,
        channel,
        response,
        is_control,
        came_back_at,
        offered_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('retention_offers', 'hot') }} as hot
    {% else %}
    select
        cast(offer_id as uuid) as offer_id,
        cast(customer_id as uuid) as customer_id,
        cast(promotion_code as varchar) as promotion_code,
        cast(channel as varchar) as channel,
        cast(response as varchar) as response,
        cast(is_control as boolean) as is_control,
        cast(came_back_at as timestamptz) as came_back_at,
        cast(offered_at as timestamptz) as offered_at,
        cast(updated_at as timestamptz) as updated_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('retention_offers') }}
    {% endif %}
),

ranked as (
    select
        offer_id,
        customer_id,
        promotion_code,
        channel,
        response,
        is_control,
        came_back_at,
        offered_at,
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
            partition by offer_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    offer_id,
    customer_id,
    promotion_code,
    channel,
    response,
    is_control,
    came_back_at,
    offered_at,
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
    and {{ archive_is_current('retention_offers') }}
