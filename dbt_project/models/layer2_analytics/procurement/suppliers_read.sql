{{ config(materialized='view') }}

-- One row per supplier_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/suppliers.json: edit that file, not this one.
select
    supplier_id,
    supplier_name,
    country_code,
    tax_number,
    status,
    risk_class,
    payment_terms_days,
    {{ target.schema }}.tokenize(contact_email::text) as contact_email,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('suppliers') }}
where not _deleted
