{{ config(materialized='view') }}

-- One row per product_code and customer_identifier and dimension: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/entitlement.json: edit that file, not this one.
with entitlement as (
    select *
    from {{ ref('entitlement') }}
    where not _deleted
),

-- The newest of each: that product_code, tenant_id is unique is tested, not enforced.
product_code as (
    select distinct on (product_code, tenant_id)
        product_code,
        tenant_id,
        title
    from {{ ref('marketplace_product') }}
    where not _deleted
    order by product_code, tenant_id, _source_order desc, _raw_seq desc
),

-- The newest of each: that customer_identifier, tenant_id is unique is tested, not enforced.
customer_identifier as (
    select distinct on (customer_identifier, tenant_id)
        customer_identifier,
        tenant_id,
        company_name
    from {{ ref('subscriber_account') }}
    where not _deleted
    order by customer_identifier, tenant_id, _source_order desc, _raw_seq desc
)

select
    entitlement.tenant_id,
    entitlement.product_code,
    product_code.title as product_code_title,
    entitlement.customer_identifier,
    customer_identifier.company_name as customer_identifier_company_name,
    entitlement.dimension,
    entitlement.granted_quantity,
    entitlement.expires_at,
    entitlement.as_of,
    entitlement._loaded_at,
    entitlement._quality_issues,
    entitlement._quality_score
from entitlement
left join product_code
    on
        entitlement.product_code = product_code.product_code
        and entitlement.tenant_id = product_code.tenant_id
left join customer_identifier
    on
        entitlement.customer_identifier = customer_identifier.customer_identifier
        and entitlement.tenant_id = customer_identifier.tenant_id
