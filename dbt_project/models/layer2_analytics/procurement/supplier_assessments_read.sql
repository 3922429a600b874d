{{ config(materialized='view') }}

-- One row per supplier_id and quarter: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/supplier_assessments.json: edit that file, not this one.
with supplier_assessments as (
    select *
    from {{ ref('supplier_assessments') }}
    where not _deleted
),

supplier as (
    select
        supplier_id,
        supplier_name
    from {{ ref('suppliers') }}
    where not _deleted
)

select
    supplier_assessments.supplier_id,
    supplier.supplier_name,
    supplier_assessments.quarter,
    supplier_assessments.delivery_points,
    supplier_assessments.quality_points,
    supplier_assessments.price_points,
    supplier_assessments.sustainability_points,
    supplier_assessments.overall_points,
    supplier_assessments.assessed_on,
    supplier_assessments.updated_at,
    supplier_assessments._loaded_at,
    supplier_assessments._quality_issues,
    supplier_assessments._quality_score
from supplier_assessments
left join supplier
    on supplier_assessments.supplier_id = supplier.supplier_id
