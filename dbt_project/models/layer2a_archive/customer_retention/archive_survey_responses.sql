{{ config(materialized='view') }}

-- One row per row of survey_responses that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/customer_retention/survey_responses.json: edit that file, not this one.
-- depends_on: {{ ref('survey_responses') }}
{% if target.type == 'spark' %}
select
    response_id,
    customer_id,
    recommend_score,
    nps_group,
    comment,
    answered_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('survey_responses', 'cold') }} as files
where {{ handover_is_current('survey_responses') }}
{% else %}
{% set archived = archived_files('survey_responses', times=['answered_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as varchar) as response_id,
    cast(case when guard.is_current then null end as uuid) as customer_id,
    cast(case when guard.is_current then null end as smallint) as recommend_score,
    cast(case when guard.is_current then null end as varchar) as nps_group,
    cast(case when guard.is_current then null end as varchar) as comment,
    cast(case when guard.is_current then null end as timestamptz) as answered_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('survey_responses', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(response_id as varchar) as response_id,
    cast(customer_id as uuid) as customer_id,
    cast(recommend_score as smallint) as recommend_score,
    cast(nps_group as varchar) as nps_group,
    cast(left(comment, (length(comment) > 3)::int) || '***' as varchar) as comment,
    cast(answered_at as timestamptz) as answered_at,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'answered_at', 'timestamptz') %}
        'response_id': {name: 'response_id', type: 'VARCHAR', default_value: null},
        'customer_id': {name: 'customer_id', type: 'UUID', default_value: null},
        'recommend_score': {name: 'recommend_score', type: 'SMALLINT', default_value: null},
        'nps_group': {name: 'nps_group', type: 'VARCHAR', default_value: null},
        'comment': {name: 'comment', type: 'VARCHAR', default_value: null},
        'answered_at': {name: 'answered_at', type: 'TIMESTAMPTZ', default_value: null},
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
where {{ is_current('survey_responses', archived.revision) }}
{% endif %}
{% endif %}
