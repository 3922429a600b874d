{{ config(materialized='view') }}

-- One row per site_code: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/logistics/logistics_sites.json: edit that file, not this one.
select
    site_code,
    site_name,
    site_type,
    country_code,
    city,
    latitude,
    longitude,
    time_zone,
    is_owned,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('logistics_sites') }}
where not _deleted
