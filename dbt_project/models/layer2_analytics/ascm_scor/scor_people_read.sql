{{ config(materialized='view') }}

-- One row per person_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/ascm_scor/scor_people.json: edit that file, not this one.
with scor_people as (
    select *
    from {{ ref('scor_people') }}
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
    scor_people.person_id,
    {{ target.schema }}.tokenize(scor_people.full_name::text) as full_name,
    scor_people.process_id,
    process.process_name,
    scor_people.contract_hours,
    scor_people.hired_on,
    scor_people.left_on,
    scor_people.updated_at,
    scor_people._loaded_at,
    scor_people._quality_issues,
    scor_people._quality_score
from scor_people
left join process
    on scor_people.process_id = process.process_id
