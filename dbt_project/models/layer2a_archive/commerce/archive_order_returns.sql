{{ config(materialized='view') }}

-- One row per row of order_returns that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/commerce/order_returns.json: edit that file, not this one.
-- depends_on: {{ ref('order_returns') }}
{% if target.type == 'spark' %}
select
    return_id,
    order_id,
    sku,
    reason,
    decision,
    decided_in_minutes,
    requested_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('order_returns', 'cold') }} as files
where {{ handover_is_current('order_returns') }}
{% else %}
{% set archived = archived_files('order_returns', times=['requested_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as uuid) as return_id,
    cast(case when guard.is_current then null end as uuid) as order_id,
    cast(case when guard.is_current then null end as varchar) as sku,
    cast(case when guard.is_current then null end as varchar) as reason,
    cast(case when guard.is_current then null end as varchar) as decision,
    cast(case when guard.is_current then null end as integer) as decided_in_minutes,
    cast(case when guard.is_current then null end as timestamptz) as requested_at,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('order_returns', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(return_id as uuid) as return_id,
    cast(order_id as uuid) as order_id,
    cast(sku as varchar) as sku,
    cast(reason as varchar) as reason,
    cast(decision as varchar) as decision,
    cast(decided_in_minutes as integer) as decided_in_minutes,
    cast(requested_at as timestamptz) as requested_at,
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
    {%- call archived_rows(archived, 'requested_at', 'timestamptz') %}
        'return_id': {name: 'return_id', type: 'UUID', default_value: null},
        'order_id': {name: 'order_id', type: 'UUID', default_value: null},
        'sku': {name: 'sku', type: 'VARCHAR', default_value: null},
        'reason': {name: 'reason', type: 'VARCHAR', default_value: null},
        'decision': {name: 'decision', type: 'VARCHAR', default_value: null},
        'decided_in_minutes': {name: 'decided_in_minutes', type: 'INTEGER', default_value: null},
        'requested_at': {name: 'requested_at', type: 'TIMESTAMPTZ', default_value: null},
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
where {{ is_current('order_returns', archived.revision) }}
{% endif %}
{% endif %}
