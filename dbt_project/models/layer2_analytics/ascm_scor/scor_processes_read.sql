{{ config(materialized='view') }}

-- One row per process_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_processes.json: edit that file, not this one.
select
    process_id,
    process_name,
    process_level,
    process_type,
    parent_process_id,
    description,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('scor_processes') }}
where not _deleted
