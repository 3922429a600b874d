{{ config(materialized='view') }}

-- One row per receipt_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/goods_receipts.json: edit that file, not this one.
select
    receipt_id,
    purchase_order_id,
    line_number,
    supplier_id,
    site_code,
    received_quantity,
    rejected_quantity,
    reject_reason,
    is_by_promise,
    received_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('goods_receipts') }}
where not _deleted
