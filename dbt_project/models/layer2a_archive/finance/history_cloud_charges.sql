{{ config(materialized='view') }}

-- One row per charge_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/finance/cloud_charges.json: edit that file, not this one.
-- depends_on: {{ ref('cloud_charges') }}
with everything as (
    select
        coalesce(
            charge_id,
            {{ sql_error('archived rows of cloud_charges have no charge_id; if it was renamed, state renamed_from in the definition') }}
        ) as charge_id,
        provider_name,
        billing_account_id,
        sub_account_name,
        charge_category,
        service_category,
        service_name,
        region_id,
        billed_cost,
        effective_cost,
        list_cost,
        billing_currency,
        consumed_quantity,
        consumed_unit,
        tags_json,
        is_tagged,
        charge_period_start,
        charge_period_end,
        billing_period_start,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_cloud_charges') }}
    union all
    {% if target.type == 'spark' %}
    select
        charge_id,
        provider_name,
        billing_account_id,
        sub_account_name,
        charge_category,
        service_category,
        service_name,
        region_id,
        billed_cost,
        effective_cost,
        list_cost,
        billing_currency,
        consumed_quantity,
        consumed_unit,
        tags_json,
        is_tagged,
        charge_period_start,
        charge_period_end,
        billing_period_start,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('cloud_charges', 'hot') }} as hot
    {% else %}
    select
        cast(charge_id as bigint) as charge_id,
        cast(provider_name as varchar) as provider_name,
        cast(billing_account_id as varchar) as billing_account_id,
        cast(sub_account_name as varchar) as sub_account_name,
        cast(charge_category as varchar) as charge_category,
        cast(service_category as varchar) as service_category,
        cast(service_name as varchar) as service_name,
        cast(region_id as varchar) as region_id,
        cast(billed_cost as decimal(30, 15)) as billed_cost,
        cast(effective_cost as decimal(30, 15)) as effective_cost,
        cast(list_cost as decimal(30, 15)) as list_cost,
        cast(billing_currency as varchar) as billing_currency,
        cast(consumed_quantity as decimal(30, 15)) as consumed_quantity,
        cast(consumed_unit as varchar) as consumed_unit,
        cast(tags_json as varchar) as tags_json,
        cast(is_tagged as boolean) as is_tagged,
        cast(charge_period_start as timestamptz) as charge_period_start,
        cast(charge_period_end as timestamptz) as charge_period_end,
        cast(billing_period_start as timestamptz) as billing_period_start,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('cloud_charges') }}
    {% endif %}
),

ranked as (
    select
        charge_id,
        provider_name,
        billing_account_id,
        sub_account_name,
        charge_category,
        service_category,
        service_name,
        region_id,
        billed_cost,
        effective_cost,
        list_cost,
        billing_currency,
        consumed_quantity,
        consumed_unit,
        tags_json,
        is_tagged,
        charge_period_start,
        charge_period_end,
        billing_period_start,
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
    provider_name,
    billing_account_id,
    sub_account_name,
    charge_category,
    service_category,
    service_name,
    region_id,
    billed_cost,
    effective_cost,
    list_cost,
    billing_currency,
    consumed_quantity,
    consumed_unit,
    tags_json,
    is_tagged,
    charge_period_start,
    charge_period_end,
    billing_period_start,
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
    and {{ archive_is_current('cloud_charges') }}
