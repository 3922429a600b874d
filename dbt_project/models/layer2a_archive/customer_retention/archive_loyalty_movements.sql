{{ config(materialized='view') }}

-- One row per row of loyalty_movements that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/customer_retention/loyalty_movements.json: edit that file, not this one.
-- depends_on: {{ ref('loyalty_movements') }}
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
from {{ handed_over('loyalty_movements', 'cold') }} as files
where {{ handover_is_current('loyalty_movements') }}
{% else %}
{% set archived = archived_files('loyalty_movements', times=['booked_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as bigint) as movement_id,
    cast(case when guard.is_current then null end as varchar) as account_number,
    cast(case when guard.is_current then null end as varchar) as movement_type,
    cast(case when guard.is_current then null end as integer) as points,
    cast(case when guard.is_current then null end as uuid) as order_id,
    cast(case when guard.is_current then null end as timestamptz) as booked_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('loyalty_movements', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
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
from (
    {%- call archived_rows(archived, 'booked_at', 'timestamptz') %}
        'movement_id': {name: 'movement_id', type: 'BIGINT', default_value: null},
        'account_number': {name: 'account_number', type: 'VARCHAR', default_value: null},
        'movement_type': {name: 'movement_type', type: 'VARCHAR', default_value: null},
        'points': {name: 'points', type: 'INTEGER', default_value: null},
        'order_id': {name: 'order_id', type: 'UUID', default_value: null},
        'booked_at': {name: 'booked_at', type: 'TIMESTAMPTZ', default_value: null},
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
where {{ is_current('loyalty_movements', archived.revision) }}
{% endif %}
{% endif %}
