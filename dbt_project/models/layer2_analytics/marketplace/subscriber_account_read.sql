{{ config(materialized='view') }}

-- One row per account_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketplace/subscriber_account.json: edit that file, not this one.
select
    tenant_id,
    account_id,
    customer_identifier,
    company_name,
    country_code,
    {{ target.schema }}.tokenize(contact_email::text) as contact_email,
    registered_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('subscriber_account') }}
where not _deleted
