{{ config(materialized='view') }}

-- One row per row of retention_offers that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/customer_retention/retention_offers.json: edit that file, not this one.
-- depends_on: {{ ref('retention_offers') }}
{% if target.type == 'spark' %}
select
    offer_id,
    customer_id,
    promotion_code,
    channel,
    response,
    is_control,
    came_back_at,
    offered_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('retention_offers', 'cold') }} as files
where {{ handover_is_current('retention_offers') }}
{% else %}
{% set archived = archived_files('retention_offers', times=['offered_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as uuid) as offer_id,
    cast(case when guard.is_current then null end as uuid) as customer_id,
    cast(case when guard.is_current then null end as varchar) as promotion_code,
    cast(case when guard.is_current then null end as varchar) as channel,
    cast(case when guard.is_current then null end as varchar) as response,
    cast(case when guard.is_current then null end as boolean) as is_control,
    cast(case when guard.is_current then null end as timestamptz) as came_back_at,
    cast(case when guard.is_current then null end as timestamptz) as offered_at,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('retention_offers', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(offer_id as uuid) as offer_id,
    cast(customer_id as uuid) as customer_id,
    cast(promotion_code as varchar) as promotion_code,
    cast(channel as varchar) as channel,
    cast(response as varchar) as response,
    cast(is_control as boolean) as is_control,
    cast(came_back_at as timestamptz) as came_back_at,
    cast(offered_at as timestamptz) as offered_at,
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
    {%- call archived_rows(archived, 'offered_at', 'timestamptz') %}
        'offer_id': {name: 'offer_id', type: 'UUID', default_value: null},
        'customer_id': {name: 'customer_id', type: 'UUID', default_value: null},
        'promotion_code': {name: 'promotion_code', type: 'VARCHAR', default_value: null},
        'channel': {name: 'channel', type: 'VARCHAR', default_value: null},
        'response': {name: 'response', type: 'VARCHAR', default_value: null},
        'is_control': {name: 'is_control', type: 'BOOLEAN', default_value: null},
        'came_back_at': {name: 'came_back_at', type: 'TIMESTAMPTZ', default_value: null},
        'offered_at': {name: 'offered_at', type: 'TIMESTAMPTZ', default_value: null},
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
where {{ is_current('retention_offers', archived.revision) }}
{% endif %}
{% endif %}
