{{ config(materialized='view') }}

-- One row per row of churn_scores that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/customer_retention/churn_scores.json: edit that file, not this one.
-- depends_on: {{ ref('churn_scores') }}
{% if target.type == 'spark' %}
select
    customer_id,
    model_name,
    scored_on,
    churn_probability,
    top_reason,
    has_churned,
    scored_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('churn_scores', 'cold') }} as files
where {{ handover_is_current('churn_scores') }}
{% else %}
{% set archived = archived_files('churn_scores', times=['scored_on']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as uuid) as customer_id,
    cast(case when guard.is_current then null end as varchar) as model_name,
    cast(case when guard.is_current then null end as date) as scored_on,
    cast(case when guard.is_current then null end as decimal(6, 5)) as churn_probability,
    cast(case when guard.is_current then null end as varchar) as top_reason,
    cast(case when guard.is_current then null end as boolean) as has_churned,
    cast(case when guard.is_current then null end as timestamptz) as scored_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('churn_scores', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(customer_id as uuid) as customer_id,
    cast(model_name as varchar) as model_name,
    cast(scored_on as date) as scored_on,
    cast(churn_probability as decimal(6, 5)) as churn_probability,
    cast(top_reason as varchar) as top_reason,
    cast(has_churned as boolean) as has_churned,
    cast(scored_at as timestamptz) as scored_at,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'scored_on', 'timestamp') %}
        'customer_id': {name: 'customer_id', type: 'UUID', default_value: null},
        'model_name': {name: 'model_name', type: 'VARCHAR', default_value: null},
        'scored_on': {name: 'scored_on', type: 'DATE', default_value: null},
        'churn_probability': {name: 'churn_probability', type: 'DECIMAL(6,5)', default_value: null},
        'top_reason': {name: 'top_reason', type: 'VARCHAR', default_value: null},
        'has_churned': {name: 'has_churned', type: 'BOOLEAN', default_value: null},
        'scored_at': {name: 'scored_at', type: 'TIMESTAMPTZ', default_value: null},
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
where {{ is_current('churn_scores', archived.revision) }}
{% endif %}
{% endif %}
