{{ config(materialized='view') }}

-- One row per supplier_id and quarter: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/supplier_assessments.json: edit that file, not this one.
select
    supplier_id,
    quarter,
    delivery_points,
    quality_points,
    price_points,
    sustainability_points,
    overall_points,
    assessed_on,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('supplier_assessments') }}
where not _deleted
