{{ config(materialized='view') }}

-- One row per row of stock_snapshots that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/logistics/stock_snapshots.json: edit that file, not this one.
-- depends_on: {{ ref('stock_snapshots') }}
{% if target.type == 'spark' %}
select
    site_code,
    item_code,
    counted_on,
    on_hand_quantity,
    reserved_quantity,
    average_daily_use,
    days_of_stock,
    stock_value,
    currency,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('stock_snapshots', 'cold') }} as files
where {{ handover_is_current('stock_snapshots') }}
{% else %}
{% set archived = archived_files('stock_snapshots', times=['counted_on']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as varchar) as site_code,
    cast(case when guard.is_current then null end as varchar) as item_code,
    cast(case when guard.is_current then null end as date) as counted_on,
    cast(case when guard.is_current then null end as decimal(14, 3)) as on_hand_quantity,
    cast(case when guard.is_current then null end as decimal(14, 3)) as reserved_quantity,
    cast(case when guard.is_current then null end as decimal(14, 3)) as average_daily_use,
    cast(case when guard.is_current then null end as decimal(9, 2)) as days_of_stock,
    cast(case when guard.is_current then null end as decimal(16, 2)) as stock_value,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('stock_snapshots', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(site_code as varchar) as site_code,
    cast(item_code as varchar) as item_code,
    cast(counted_on as date) as counted_on,
    cast(on_hand_quantity as decimal(14, 3)) as on_hand_quantity,
    cast(reserved_quantity as decimal(14, 3)) as reserved_quantity,
    cast(average_daily_use as decimal(14, 3)) as average_daily_use,
    cast(days_of_stock as decimal(9, 2)) as days_of_stock,
    cast(stock_value as decimal(16, 2)) as stock_value,
    cast(currency as varchar) as currency,
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
    {%- call archived_rows(archived, 'counted_on', 'timestamp') %}
        'site_code': {name: 'site_code', type: 'VARCHAR', default_value: null},
        'item_code': {name: 'item_code', type: 'VARCHAR', default_value: null},
        'counted_on': {name: 'counted_on', type: 'DATE', default_value: null},
        'on_hand_quantity': {name: 'on_hand_quantity', type: 'DECIMAL(14,3)', default_value: null},
        'reserved_quantity': {name: 'reserved_quantity', type: 'DECIMAL(14,3)', default_value: null},
        'average_daily_use': {name: 'average_daily_use', type: 'DECIMAL(14,3)', default_value: null},
        'days_of_stock': {name: 'days_of_stock', type: 'DECIMAL(9,2)', default_value: null},
        'stock_value': {name: 'stock_value', type: 'DECIMAL(16,2)', default_value: null},
        'currency': {name: 'currency', type: 'VARCHAR', default_value: null},
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
where {{ is_current('stock_snapshots', archived.revision) }}
{% endif %}
{% endif %}
