{{ config(materialized='view') }}

-- One row per row of cloud_charges that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/finance/cloud_charges.json: edit that file, not this one.
-- depends_on: {{ ref('cloud_charges') }}
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
from {{ handed_over('cloud_charges', 'cold') }} as files
where {{ handover_is_current('cloud_charges') }}
{% else %}
{% set archived = archived_files('cloud_charges') %}
{% if archived.paths %}
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
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::bigint as charge_id,
        null::varchar as provider_name,
        null::varchar as billing_account_id,
        null::varchar as sub_account_name,
        null::varchar as charge_category,
        null::varchar as service_category,
        null::varchar as service_name,
        null::varchar as region_id,
        null::decimal(30, 15) as billed_cost,
        null::decimal(30, 15) as effective_cost,
        null::decimal(30, 15) as list_cost,
        null::varchar as billing_currency,
        null::decimal(30, 15) as consumed_quantity,
        null::varchar as consumed_unit,
        null::varchar as tags_json,
        null::boolean as is_tagged,
        null::timestamptz as charge_period_start,
        null::timestamptz as charge_period_end,
        null::timestamptz as billing_period_start,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('cloud_charges', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as bigint) as charge_id,
    cast(case when guard.is_current then null end as varchar) as provider_name,
    cast(case when guard.is_current then null end as varchar) as billing_account_id,
    cast(case when guard.is_current then null end as varchar) as sub_account_name,
    cast(case when guard.is_current then null end as varchar) as charge_category,
    cast(case when guard.is_current then null end as varchar) as service_category,
    cast(case when guard.is_current then null end as varchar) as service_name,
    cast(case when guard.is_current then null end as varchar) as region_id,
    cast(case when guard.is_current then null end as decimal(30, 15)) as billed_cost,
    cast(case when guard.is_current then null end as decimal(30, 15)) as effective_cost,
    cast(case when guard.is_current then null end as decimal(30, 15)) as list_cost,
    cast(case when guard.is_current then null end as varchar) as billing_currency,
    cast(case when guard.is_current then null end as decimal(30, 15)) as consumed_quantity,
    cast(case when guard.is_current then null end as varchar) as consumed_unit,
    cast(case when guard.is_current then null end as varchar) as tags_json,
    cast(case when guard.is_current then null end as boolean) as is_tagged,
    cast(case when guard.is_current then null end as timestamptz) as charge_period_start,
    cast(case when guard.is_current then null end as timestamptz) as charge_period_end,
    cast(case when guard.is_current then null end as timestamptz) as billing_period_start,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('cloud_charges', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}
