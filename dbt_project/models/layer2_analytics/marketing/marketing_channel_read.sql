{{ config(materialized='view') }}

-- One row per channel_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/marketing/marketing_channel.json: edit that file, not this one.
select
    channel_code,
    channel_name,
    is_paid,
    needs_consent,
    partner_central_name,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('marketing_channel') }}
where not _deleted
