{{ config(materialized='view') }}

-- One row per row of campaign_spend that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/marketing/campaign_spend.json: edit that file, not this one.
-- depends_on: {{ ref('campaign_spend') }}
{% if target.type == 'spark' %}
select
    tenant_id,
    campaign_id,
    channel_code,
    spend_date,
    impressions,
    clicks,
    cost_usd,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('campaign_spend', 'cold') }} as files
where {{ handover_is_current('campaign_spend') }}
{% else %}
{% set archived = archived_files('campaign_spend', times=['spend_date']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as varchar) as campaign_id,
    cast(case when guard.is_current then null end as varchar) as channel_code,
    cast(case when guard.is_current then null end as date) as spend_date,
    cast(case when guard.is_current then null end as bigint) as impressions,
    cast(case when guard.is_current then null end as bigint) as clicks,
    cast(case when guard.is_current then null end as decimal(14, 4)) as cost_usd,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('campaign_spend', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(tenant_id as uuid) as tenant_id,
    cast(campaign_id as varchar) as campaign_id,
    cast(channel_code as varchar) as channel_code,
    cast(spend_date as date) as spend_date,
    cast(impressions as bigint) as impressions,
    cast(clicks as bigint) as clicks,
    cast(cost_usd as decimal(14, 4)) as cost_usd,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'spend_date', 'timestamp') %}
        'tenant_id': {name: 'tenant_id', type: 'UUID', default_value: null},
        'campaign_id': {name: 'campaign_id', type: 'VARCHAR', default_value: null},
        'channel_code': {name: 'channel_code', type: 'VARCHAR', default_value: null},
        'spend_date': {name: 'spend_date', type: 'DATE', default_value: null},
        'impressions': {name: 'impressions', type: 'BIGINT', default_value: null},
        'clicks': {name: 'clicks', type: 'BIGINT', default_value: null},
        'cost_usd': {name: 'cost_usd', type: 'DECIMAL(14,4)', default_value: null},
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
where {{ is_current('campaign_spend', archived.revision) }}
{% endif %}
{% endif %}
