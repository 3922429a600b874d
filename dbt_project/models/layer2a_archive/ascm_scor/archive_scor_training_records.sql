{{ config(materialized='view') }}

-- One row per row of scor_training_records that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/ascm_scor/scor_training_records.json: edit that file, not this one.
-- depends_on: {{ ref('scor_training_records') }}
{% if target.type == 'spark' %}
select
    record_id,
    person_id,
    skill_id,
    level_before,
    level_after,
    training_hours,
    has_improved,
    ended_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('scor_training_records', 'cold') }} as files
where {{ handover_is_current('scor_training_records') }}
{% else %}
{% set archived = archived_files('scor_training_records') %}
{% if archived.paths %}
select
    cast(record_id as bigint) as record_id,
    cast(person_id as varchar) as person_id,
    cast(skill_id as varchar) as skill_id,
    cast(level_before as smallint) as level_before,
    cast(level_after as smallint) as level_after,
    cast(training_hours as decimal(6, 2)) as training_hours,
    cast(has_improved as boolean) as has_improved,
    cast(ended_on as date) as ended_on,
    cast(updated_at as timestamptz) as updated_at,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::bigint as record_id,
        null::varchar as person_id,
        null::varchar as skill_id,
        null::smallint as level_before,
        null::smallint as level_after,
        null::decimal(6, 2) as training_hours,
        null::boolean as has_improved,
        null::date as ended_on,
        null::timestamptz as updated_at,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('scor_training_records', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as bigint) as record_id,
    cast(case when guard.is_current then null end as varchar) as person_id,
    cast(case when guard.is_current then null end as varchar) as skill_id,
    cast(case when guard.is_current then null end as smallint) as level_before,
    cast(case when guard.is_current then null end as smallint) as level_after,
    cast(case when guard.is_current then null end as decimal(6, 2)) as training_hours,
    cast(case when guard.is_current then null end as boolean) as has_improved,
    cast(case when guard.is_current then null end as date) as ended_on,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('scor_training_records', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}
