{{ config(materialized='view') }}

-- One row per receipt_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/goods_receipts.json: edit that file, not this one.
with goods_receipts as (
    select *
    from {{ ref('goods_receipts') }}
    where not _deleted
),

supplier as (
    select
        supplier_id,
        supplier_name
    from {{ ref('suppliers') }}
    where not _deleted
),

site_code as (
    select
        site_code,
        site_name
    from {{ ref('logistics_sites') }}
    where not _deleted
)

select
    goods_receipts.receipt_id,
    goods_receipts.purchase_order_id,
    goods_receipts.line_number,
    goods_receipts.supplier_id,
    supplier.supplier_name,
    goods_receipts.site_code,
    site_code.site_name,
    goods_receipts.received_quantity,
    goods_receipts.rejected_quantity,
    goods_receipts.reject_reason,
    goods_receipts.is_by_promise,
    goods_receipts.received_at,
    goods_receipts.updated_at,
    goods_receipts._loaded_at,
    goods_receipts._quality_issues,
    goods_receipts._quality_score
from goods_receipts
left join supplier
    on goods_receipts.supplier_id = supplier.supplier_id
left join site_code
    on goods_receipts.site_code = site_code.site_code
