{{ config(materialized='view') }}

-- One row per correlation_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/meter_usage.json: edit that file, not this one.
with meter_usage as (
    select *
    from {{ ref('meter_usage') }}
    where not _deleted
),

tenant as (
    select
        id,
        name
    from {{ ref('tenant') }}
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
    meter_usage.id,
    meter_usage.tenant_id,
    tenant.name as tenant_name,
    meter_usage.product_code,
    product_code.title as product_code_title,
    meter_usage.customer_identifier,
    customer_identifier.company_name as customer_identifier_company_name,
    meter_usage.dimension,
    meter_usage.quantity,
    meter_usage.usage_time,
    meter_usage.correlation_id,
    meter_usage.status,
    meter_usage.metering_record_id,
    meter_usage.sent_at,
    meter_usage._loaded_at,
    meter_usage._quality_issues,
    meter_usage._quality_score
from meter_usage
left join tenant
    on meter_usage.tenant_id = tenant.id
left join product_code
    on
        meter_usage.product_code = product_code.product_code
        and meter_usage.tenant_id = product_code.tenant_id
left join customer_identifier
    on
        meter_usage.customer_identifier = customer_identifier.customer_identifier
        and meter_usage.tenant_id = customer_identifier.tenant_id
