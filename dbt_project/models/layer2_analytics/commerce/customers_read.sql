{{ config(materialized='view') }}

-- One row per customer_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/commerce/customers.json: edit that file, not this one.
select
    customer_id,
    customer_name,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('customers') }}
where not _deleted
