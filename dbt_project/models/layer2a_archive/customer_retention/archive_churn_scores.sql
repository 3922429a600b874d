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
{% set archived = archived_files('churn_scores') %}
{% if archived.paths %}
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
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::uuid as customer_id,
        null::varchar as model_name,
        null::date as scored_on,
        null::decimal(6, 5) as churn_probability,
        null::varchar as top_reason,
        null::boolean as has_churned,
        null::timestamptz as scored_at,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('churn_scores', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
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
{% endif %}
{% endif %}
