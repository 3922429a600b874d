{{ config(materialized='view') }}

-- One row per record_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/ascm_scor/scor_training_records.json: edit that file, not this one.
-- depends_on: {{ ref('scor_training_records') }}
with everything as (
    select
        coalesce(
            record_id,
            {{ sql_error('archived rows of scor_training_records have no record_id; if it was renamed, state renamed_from in the definition') }}
        ) as record_id,
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
    from {{ ref('archive_scor_training_records') }}
    union all
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
    from {{ handed_over('scor_training_records', 'hot') }} as hot
    {% else %}
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
    from {{ lake_view('scor_training_records') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by record_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('scor_training_records') }}
