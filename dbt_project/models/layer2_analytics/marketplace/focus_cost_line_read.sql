{{ config(materialized='view') }}

-- One row per line_id and charge_period_start: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/focus_cost_line.json: edit that file, not this one.
select
    tenant_id,
    line_id,
    charge_period_start,
    charge_period_end,
    billing_period_start,
    provider_name,
    publisher_name,
    billing_account_id,
    sub_account_id,
    service_category,
    service_name,
    region_id,
    availability_zone,
    resource_id,
    sku_id,
    charge_category,
    charge_frequency,
    charge_description,
    pricing_category,
    commitment_discount_status,
    billing_currency,
    billed_cost,
    effective_cost,
    list_cost,
    contracted_cost,
    consumed_quantity,
    consumed_unit,
    tags_text,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('focus_cost_line') }}
where not _deleted
