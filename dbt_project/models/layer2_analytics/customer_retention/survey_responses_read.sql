{{ config(materialized='view') }}

-- One row per response_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/survey_responses.json: edit that file, not this one.
select
    response_id,
    customer_id,
    recommend_score,
    nps_group,
    left(comment::text, 1) || '***' as comment,
    answered_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('survey_responses') }}
where not _deleted
