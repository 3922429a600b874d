{{ config(materialized='view') }}

-- One row per contract_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/supplier_contracts.json: edit that file, not this one.
with supplier_contracts as (
    select *
    from {{ ref('supplier_contracts') }}
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
    supplier_contracts.contract_id,
    supplier_contracts.supplier_id,
    supplier.supplier_name,
    supplier_contracts.title,
    supplier_contracts.status,
    supplier_contracts.starts_on,
    supplier_contracts.ends_on,
    supplier_contracts.committed_spend,
    supplier_contracts.currency,
    supplier_contracts.updated_at,
    supplier_contracts._loaded_at,
    supplier_contracts._quality_issues,
    supplier_contracts._quality_score
from supplier_contracts
left join supplier
    on supplier_contracts.supplier_id = supplier.supplier_id
