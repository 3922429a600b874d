{{ config(materialized='view') }}

-- One row per purchase_order_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/procurement/purchase_orders.json: edit that file, not this one.
with purchase_orders as (
    select *
    from {{ ref('purchase_orders') }}
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
),

cost_center_code as (
    select
        cost_center_code,
        cost_center_name
    from {{ ref('cost_centers') }}
    where not _deleted
)

select
    purchase_orders.purchase_order_id,
    purchase_orders.supplier_id,
    supplier.supplier_name,
    purchase_orders.contract_id,
    purchase_orders.site_code,
    site_code.site_name,
    purchase_orders.cost_center_code,
    cost_center_code.cost_center_name,
    purchase_orders.status,
    purchase_orders.total_amount,
    purchase_orders.currency,
    purchase_orders.ordered_at,
    purchase_orders.promised_on,
    purchase_orders.received_on,
    purchase_orders.lead_days,
    purchase_orders.updated_at,
    purchase_orders._loaded_at,
    purchase_orders._quality_issues,
    purchase_orders._quality_score
from purchase_orders
left join supplier
    on purchase_orders.supplier_id = supplier.supplier_id
left join site_code
    on purchase_orders.site_code = site_code.site_code
left join cost_center_code
    on purchase_orders.cost_center_code = cost_center_code.cost_center_code
