{{ config(materialized='view') }}

-- One row per process_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_processes.json: edit that file, not this one.
with scor_processes as (
    select *
    from {{ ref('scor_processes') }}
    where not _deleted
),

parent_process as (
    select
        process_id,
        process_name
    from {{ ref('scor_processes') }}
    where not _deleted
)

select
    scor_processes.process_id,
    scor_processes.process_name,
    scor_processes.process_level,
    scor_processes.process_type,
    scor_processes.parent_process_id,
    parent_process.process_name as parent_process_name,
    scor_processes.description,
    scor_processes.updated_at,
    scor_processes._loaded_at,
    scor_processes._quality_issues,
    scor_processes._quality_score
from scor_processes
left join parent_process
    on scor_processes.parent_process_id = parent_process.process_id
