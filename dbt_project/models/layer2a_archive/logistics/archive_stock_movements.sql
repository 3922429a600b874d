{{ config(materialized='view') }}

-- One row per row of stock_movements that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/logistics/stock_movements.json: edit that file, not this one.
-- depends_on: {{ ref('stock_movements') }}
{% if target.type == 'spark' %}
select
    movement_id,
    site_code,
    item_code,
    movement_type,
    quantity,
    value_change,
    shipment_id,
    moved_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('stock_movements', 'cold') }} as files
where {{ handover_is_current('stock_movements') }}
{% else %}
{% set archived = archived_files('stock_movements', times=['moved_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as bigint) as movement_id,
    cast(case when guard.is_current then null end as varchar) as site_code,
    cast(case when guard.is_current then null end as varchar) as item_code,
    cast(case when guard.is_current then null end as varchar) as movement_type,
    cast(case when guard.is_current then null end as decimal(14, 3)) as quantity,
    cast(case when guard.is_current then null end as decimal(16, 2)) as value_change,
    cast(case when guard.is_current then null end as uuid) as shipment_id,
    cast(case when guard.is_current then null end as timestamptz) as moved_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('stock_movements', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(movement_id as bigint) as movement_id,
    cast(site_code as varchar) as site_code,
    cast(item_code as varchar) as item_code,
    cast(movement_type as varchar) as movement_type,
    cast(quantity as decimal(14, 3)) as quantity,
    cast(value_change as decimal(16, 2)) as value_change,
    cast(shipment_id as uuid) as shipment_id,
    cast(moved_at as timestamptz) as moved_at,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'moved_at', 'timestamptz') %}
        'movement_id': {name: 'movement_id', type: 'BIGINT', default_value: null},
        'site_code': {name: 'site_code', type: 'VARCHAR', default_value: null},
        'item_code': {name: 'item_code', type: 'VARCHAR', default_value: null},
        'movement_type': {name: 'movement_type', type: 'VARCHAR', default_value: null},
        'quantity': {name: 'quantity', type: 'DECIMAL(14,3)', default_value: null},
        'value_change': {name: 'value_change', type: 'DECIMAL(16,2)', default_value: null},
        'shipment_id': {name: 'shipment_id', type: 'UUID', default_value: null},
        'moved_at': {name: 'moved_at', type: 'TIMESTAMPTZ', default_value: null},
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
where {{ is_current('stock_movements', archived.revision) }}
{% endif %}
{% endif %}
