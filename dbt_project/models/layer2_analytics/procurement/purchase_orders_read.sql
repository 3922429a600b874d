{{ config(materialized='view') }}

-- One row per purchase_order_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/purchase_orders.json: edit that file, not this one.
select
    purchase_order_id,
    supplier_id,
    contract_id,
    site_code,
    cost_center_code,
    status,
    total_amount,
    currency,
    ordered_at,
    promised_on,
    received_on,
    lead_days,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('purchase_orders') }}
where not _deleted
