{{ config(materialized='view') }}

-- One row per customer_id and model_name and scored_on: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/churn_scores.json: edit that file, not this one.
select
    customer_id,
    model_name,
    scored_on,
    churn_probability,
    top_reason,
    has_churned,
    scored_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('churn_scores') }}
where not _deleted
