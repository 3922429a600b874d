{{ config(materialized='view') }}

-- One row per charge_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/finance/cloud_charges.json: edit that file, not this one.
select
    charge_id,
    provider_name,
    billing_account_id,
    sub_account_name,
    charge_category,
    service_category,
    service_name,
    region_id,
    billed_cost,
    effective_cost,
    list_cost,
    billing_currency,
    consumed_quantity,
    consumed_unit,
    tags_json,
    is_tagged,
    charge_period_start,
    charge_period_end,
    billing_period_start,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('cloud_charges') }}
where not _deleted
