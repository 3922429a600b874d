{{ config(materialized='view') }}

-- One row per purchase_order_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/procurement/purchase_orders.json: edit that file, not this one.
-- depends_on: {{ ref('purchase_orders') }}
with everything as (
    select
        coalesce(
            purchase_order_id,
            {{ sql_error('archived rows of purchase_orders have no purchase_order_id; if it was renamed, state renamed_from in the definition') }}
        ) as purchase_order_id,
        supplier_id,
        contract_id,
        site_code,
        cost_center_code,
        status,
        total_amount,
        currency,
        ordered_at,
        promised_on,
        received_on,
        lead_days,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_purchase_orders') }}
    union all
    {% if target.type == 'spark' %}
    select
        purchase_order_id,
        supplier_id,
        contract_id,
        site_code,
        cost_center_code,
        status,
        total_amount,
        currency,
        ordered_at,
        promised_on,
        received_on,
        lead_days,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('purchase_orders', 'hot') }} as hot
    {% else %}
    select
        cast(purchase_order_id as varchar) as purchase_order_id,
        cast(supplier_id as varchar) as supplier_id,
        cast(contract_id as varchar) as contract_id,
        cast(site_code as varchar) as site_code,
        cast(cost_center_code as varchar) as cost_center_code,
        cast(status as varchar) as status,
        cast(total_amount as decimal(16, 2)) as total_amount,
        cast(currency as varchar) as currency,
        cast(ordered_at as timestamptz) as ordered_at,
        cast(promised_on as date) as promised_on,
        cast(received_on as date) as received_on,
        cast(lead_days as integer) as lead_days,
        cast(updated_at as timestamptz) as updated_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('purchase_orders') }}
    {% endif %}
),

ranked as (
    select
        purchase_order_id,
        supplier_id,
        contract_id,
        site_code,
        cost_center_code,
        status,
        total_amount,
        currency,
        ordered_at,
        promised_on,
        received_on,
        lead_days,
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
            partition by purchase_order_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    purchase_order_id,
    supplier_id,
    contract_id,
    site_code,
    cost_center_code,
    status,
    total_amount,
    currency,
    ordered_at,
    promised_on,
    received_on,
    lead_days,
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
    and {{ archive_is_current('purchase_orders') }}
