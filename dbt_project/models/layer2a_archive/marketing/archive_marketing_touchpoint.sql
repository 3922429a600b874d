{{ config(materialized='view') }}

-- One row per row of marketing_touchpoint that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/marketing/marketing_touchpoint.json: edit that file, not this one.
-- depends_on: {{ ref('marketing_touchpoint') }}
{% if target.type == 'spark' %}
select
    touchpoint_id,
    touched_at,
    tenant_id,
    contact_id,
    campaign_id,
    channel_code,
    interaction,
    asset,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('marketing_touchpoint', 'cold') }} as files
where {{ handover_is_current('marketing_touchpoint') }}
{% else %}
{% set archived = archived_files('marketing_touchpoint', times=['touched_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as uuid) as touchpoint_id,
    cast(case when guard.is_current then null end as timestamptz) as touched_at,
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as uuid) as contact_id,
    cast(case when guard.is_current then null end as varchar) as campaign_id,
    cast(case when guard.is_current then null end as varchar) as channel_code,
    cast(case when guard.is_current then null end as varchar) as interaction,
    cast(case when guard.is_current then null end as varchar) as asset,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('marketing_touchpoint', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(touchpoint_id as uuid) as touchpoint_id,
    cast(touched_at as timestamptz) as touched_at,
    cast(tenant_id as uuid) as tenant_id,
    cast(contact_id as uuid) as contact_id,
    cast(campaign_id as varchar) as campaign_id,
    cast(channel_code as varchar) as channel_code,
    cast(interaction as varchar) as interaction,
    cast(asset as varchar) as asset,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'touched_at', 'timestamptz') %}
        'touchpoint_id': {name: 'touchpoint_id', type: 'UUID', default_value: null},
        'touched_at': {name: 'touched_at', type: 'TIMESTAMPTZ', default_value: null},
        'tenant_id': {name: 'tenant_id', type: 'UUID', default_value: null},
        'contact_id': {name: 'contact_id', type: 'UUID', default_value: null},
        'campaign_id': {name: 'campaign_id', type: 'VARCHAR', default_value: null},
        'channel_code': {name: 'channel_code', type: 'VARCHAR', default_value: null},
        'interaction': {name: 'interaction', type: 'VARCHAR', default_value: null},
        'asset': {name: 'asset', type: 'VARCHAR', default_value: null},
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
where {{ is_current('marketing_touchpoint', archived.revision) }}
{% endif %}
{% endif %}
