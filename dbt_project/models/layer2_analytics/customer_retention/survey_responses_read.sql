{{ config(materialized='view') }}

-- One row per response_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/survey_responses.json: edit that file, not this one.
with survey_responses as (
    select *
    from {{ ref('survey_responses') }}
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
    survey_responses.response_id,
    survey_responses.customer_id,
    customer.customer_name,
    survey_responses.recommend_score,
    survey_responses.nps_group,
    left(survey_responses.comment::text, (length(survey_responses.comment::text) > 3)::int) || '***' as comment,
    survey_responses.answered_at,
    survey_responses._loaded_at,
    survey_responses._quality_issues,
    survey_responses._quality_score
from survey_responses
left join customer
    on survey_responses.customer_id = customer.customer_id
