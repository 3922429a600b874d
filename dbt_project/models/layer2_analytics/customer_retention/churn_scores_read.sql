{{ config(materialized='view') }}

-- One row per customer_id and model_name and scored_on: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/churn_scores.json: edit that file, not this one.
with churn_scores as (
    select *
    from {{ ref('churn_scores') }}
    where not _deleted
),

customer as (
    select
        customer_id,
        customer_name
    from {{ ref('customers') }}
    where not _deleted
)

select
    churn_scores.customer_id,
    customer.customer_name,
    churn_scores.model_name,
    churn_scores.scored_on,
    churn_scores.churn_probability,
    churn_scores.top_reason,
    churn_scores.has_churned,
    churn_scores.scored_at,
    churn_scores._loaded_at,
    churn_scores._quality_issues,
    churn_scores._quality_score
from churn_scores
left join customer
    on churn_scores.customer_id = customer.customer_id
