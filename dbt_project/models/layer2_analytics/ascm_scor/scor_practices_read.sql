{{ config(materialized='view') }}

-- One row per practice_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_practices.json: edit that file, not this one.
with scor_practices as (
    select *
    from {{ ref('scor_practices') }}
    where not _deleted
),

process as (
    select
        process_id,
        process_name
    from {{ ref('scor_processes') }}
    where not _deleted
)

select
    scor_practices.practice_id,
    scor_practices.practice_name,
    scor_practices.maturity,
    scor_practices.process_id,
    process.process_name,
    scor_practices.description,
    scor_practices.updated_at,
    scor_practices._loaded_at,
    scor_practices._quality_issues,
    scor_practices._quality_score
from scor_practices
left join process
    on scor_practices.process_id = process.process_id
