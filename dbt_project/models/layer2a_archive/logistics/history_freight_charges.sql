{{ config(materialized='view') }}

-- One row per charge_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/logistics/freight_charges.json: edit that file, not this one.
-- depends_on: {{ ref('freight_charges') }}
with everything as (
    select
        coalesce(
            charge_id,
            {{ sql_error('archived rows of freight_charges have no charge_id; if it was renamed, state renamed_from in the definition') }}
        ) as charge_id,
        shipment_id,
        carrier_code,
        charge_type,
        amount,
        currency,
        is_disputed,
        charged_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_freight_charges') }}
    union all
    {% if target.type == 'spark' %}
    select
        charge_id,
        shipment_id,
        carrier_code,
        charge_type,
        amount,
        currency,
        is_disputed,
        charged_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('freight_charges', 'hot') }} as hot
    {% else %}
    select
        cast(charge_id as varchar) as charge_id,
        cast(shipment_id as uuid) as shipment_id,
        cast(carrier_code as varchar) as carrier_code,
        cast(charge_type as varchar) as charge_type,
        cast(amount as decimal(14, 2)) as amount,
        cast(currency as varchar) as currency,
        cast(is_disputed as boolean) as is_disputed,
        cast(charged_on as date) as charged_on,
        cast(updated_at as timestamptz) as updated_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('freight_charges') }}
    {% endif %}
),

ranked as (
    select
        charge_id,
        shipment_id,
        carrier_code,
        charge_type,
        amount,
        currency,
        is_disputed,
        charged_on,
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
            partition by charge_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    charge_id,
    shipment_id,
    carrier_code,
    charge_type,
    amount,
    currency,
    is_disputed,
    charged_on,
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
    and {{ archive_is_current('freight_charges') }}
