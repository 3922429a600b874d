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
{% set archived = archived_files('cloud_charges', times=['charge_period_start']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
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
{% if archived.paths %}
union all
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
    {%- call archived_rows(archived, 'charge_period_start', 'timestamptz') %}
        'charge_id': {name: 'charge_id', type: 'BIGINT', default_value: null},
        'provider_name': {name: 'provider_name', type: 'VARCHAR', default_value: null},
        'billing_account_id': {name: 'billing_account_id', type: 'VARCHAR', default_value: null},
        'sub_account_name': {name: 'sub_account_name', type: 'VARCHAR', default_value: null},
        'charge_category': {name: 'charge_category', type: 'VARCHAR', default_value: null},
        'service_category': {name: 'service_category', type: 'VARCHAR', default_value: null},
        'service_name': {name: 'service_name', type: 'VARCHAR', default_value: null},
        'region_id': {name: 'region_id', type: 'VARCHAR', default_value: null},
        'billed_cost': {name: 'billed_cost', type: 'DECIMAL(30,15)', default_value: null},
        'effective_cost': {name: 'effective_cost', type: 'DECIMAL(30,15)', default_value: null},
        'list_cost': {name: 'list_cost', type: 'DECIMAL(30,15)', default_value: null},
        'billing_currency': {name: 'billing_currency', type: 'VARCHAR', default_value: null},
        'consumed_quantity': {name: 'consumed_quantity', type: 'DECIMAL(30,15)', default_value: null},
        'consumed_unit': {name: 'consumed_unit', type: 'VARCHAR', default_value: null},
        'tags_json': {name: 'tags_json', type: 'VARCHAR', default_value: null},
        'is_tagged': {name: 'is_tagged', type: 'BOOLEAN', default_value: null},
        'charge_period_start': {name: 'charge_period_start', type: 'TIMESTAMPTZ', default_value: null},
        'charge_period_end': {name: 'charge_period_end', type: 'TIMESTAMPTZ', default_value: null},
        'billing_period_start': {name: 'billing_period_start', type: 'TIMESTAMPTZ', default_value: null},
        '_raw_seq': {name: '_raw_seq', type: 'BIGINT', default_value: null},
        '_source_order': {name: '_source_order', type: 'BIGINT', default_value: null},
        '_deleted': {name: '_deleted', type: 'BOOLEAN', default_value: null},
        '_batch_id': {name: '_batch_id', type: 'BIGINT', default_value: null},
        '_loaded_at': {name: '_loaded_at', type: 'TIMESTAMPTZ', default_value: null},
        '_definition_version': {name: '_definition_version', type: 'INTEGER', default_value: null},
        '_quality_issues': {name: '_quality_issues', type: 'VARCHAR', default_value: null},
        '_quality_score': {name: '_quality_score', type: 'DECIMAL(3,2)', default_value: null}
    {%- endcall %}
) as files
where {{ is_current('cloud_charges', archived.revision) }}
{% endif %}
{% endif %}
