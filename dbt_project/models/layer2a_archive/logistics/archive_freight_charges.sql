{{ config(materialized='view') }}

-- One row per row of freight_charges that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/logistics/freight_charges.json: edit that file, not this one.
-- depends_on: {{ ref('freight_charges') }}
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
from {{ handed_over('freight_charges', 'cold') }} as files
where {{ handover_is_current('freight_charges') }}
{% else %}
{% set archived = archived_files('freight_charges', times=['charged_on']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as varchar) as charge_id,
    cast(case when guard.is_current then null end as uuid) as shipment_id,
    cast(case when guard.is_current then null end as varchar) as carrier_code,
    cast(case when guard.is_current then null end as varchar) as charge_type,
    cast(case when guard.is_current then null end as decimal(14, 2)) as amount,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as boolean) as is_disputed,
    cast(case when guard.is_current then null end as date) as charged_on,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('freight_charges', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
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
from (
    {%- call archived_rows(archived, 'charged_on', 'timestamp') %}
        'charge_id': {name: 'charge_id', type: 'VARCHAR', default_value: null},
        'shipment_id': {name: 'shipment_id', type: 'UUID', default_value: null},
        'carrier_code': {name: 'carrier_code', type: 'VARCHAR', default_value: null},
        'charge_type': {name: 'charge_type', type: 'VARCHAR', default_value: null},
        'amount': {name: 'amount', type: 'DECIMAL(14,2)', default_value: null},
        'currency': {name: 'currency', type: 'VARCHAR', default_value: null},
        'is_disputed': {name: 'is_disputed', type: 'BOOLEAN', default_value: null},
        'charged_on': {name: 'charged_on', type: 'DATE', default_value: null},
        'updated_at': {name: 'updated_at', type: 'TIMESTAMPTZ', default_value: null},
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
where {{ is_current('freight_charges', archived.revision) }}
{% endif %}
{% endif %}
