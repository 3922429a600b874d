{{ config(materialized='view') }}

-- One row per person_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_people.json: edit that file, not this one.
select
    person_id,
    {{ target.schema }}.tokenize(full_name::text) as full_name,
    process_id,
    contract_hours,
    hired_on,
    left_on,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('scor_people') }}
where not _deleted
