{{ config(materialized='view') }}

-- One row per consent_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketing/marketing_consent.json: edit that file, not this one.
select
    consent_id,
    tenant_id,
    contact_id,
    purpose,
    is_given,
    legal_basis,
    wording_version,
    answered_at,
    evidence_ref,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('marketing_consent') }}
where not _deleted
