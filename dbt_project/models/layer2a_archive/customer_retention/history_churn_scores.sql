{{ config(materialized='view') }}

-- One row per customer_id and model_name and scored_on: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/customer_retention/churn_scores.json: edit that file, not this one.
-- depends_on: {{ ref('churn_scores') }}
with everything as (
    select
        coalesce(
            customer_id,
            {{ sql_error('archived rows of churn_scores have no customer_id; if it was renamed, state renamed_from in the definition') }}
        ) as customer_id,
        coalesce(
            model_name,
            {{ sql_error('archived rows of churn_scores have no model_name; if it was renamed, state renamed_from in the definition') }}
        ) as model_name,
        coalesce(
            scored_on,
            {{ sql_error('archived rows of churn_scores have no scored_on; if it was renamed, state renamed_from in the definition') }}
        ) as scored_on,
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
    from {{ ref('archive_churn_scores') }}
    union all
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
    from {{ handed_over('churn_scores', 'hot') }} as hot
    {% else %}
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
    from {{ lake_view('churn_scores') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by customer_id, model_name, scored_on
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('churn_scores') }}
