{{ config(materialized='view') }}

-- One row per offer_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/retention_offers.json: edit that file, not this one.
with retention_offers as (
    select *
    from {{ ref('retention_offers') }}
    where not _deleted
),

customer as (
    select
        customer_id,
        customer_name
    from {{ ref('customers') }}
    where not _deleted
),

promotion_code as (
    select
        promotion_code,
        promotion_name
    from {{ ref('promotions') }}
    where not _deleted
)

select
    retention_offers.offer_id,
    retention_offers.customer_id,
    customer.customer_name,
    retention_offers.promotion_code,
    promotion_code.promotion_name,
    retention_offers.channel,
    retention_offers.response,
    retention_offers.is_control,
    retention_offers.came_back_at,
    retention_offers.offered_at,
    retention_offers.updated_at,
    retention_offers._loaded_at,
    retention_offers._quality_issues,
    retention_offers._quality_score
from retention_offers
left join customer
    on retention_offers.customer_id = customer.customer_id
left join promotion_code
    on retention_offers.promotion_code = promotion_code.promotion_code
