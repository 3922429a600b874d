{{ config(materialized='view') }}

-- One row per process_id and practice_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_process_practices.json: edit that file, not this one.
with scor_process_practices as (
    select *
    from {{ ref('scor_process_practices') }}
    where not _deleted
),

process as (
    select
        process_id,
        process_name
    from {{ ref('scor_processes') }}
    where not _deleted
),

practice as (
    select
        practice_id,
        practice_name
    from {{ ref('scor_practices') }}
    where not _deleted
)

select
    scor_process_practices.process_id,
    process.process_name,
    scor_process_practices.practice_id,
    practice.practice_name,
    scor_process_practices.adoption,
    scor_process_practices.updated_at,
    scor_process_practices._loaded_at,
    scor_process_practices._quality_issues,
    scor_process_practices._quality_score
from scor_process_practices
left join process
    on scor_process_practices.process_id = process.process_id
left join practice
    on scor_process_practices.practice_id = practice.practice_id
