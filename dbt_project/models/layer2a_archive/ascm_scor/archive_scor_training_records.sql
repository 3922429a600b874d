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
{% set archived = archived_files('scor_training_records', times=['ended_on']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
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
{% if archived.paths %}
union all
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
    {%- call archived_rows(archived, 'ended_on', 'timestamp') %}
        'record_id': {name: 'record_id', type: 'BIGINT', default_value: null},
        'person_id': {name: 'person_id', type: 'VARCHAR', default_value: null},
        'skill_id': {name: 'skill_id', type: 'VARCHAR', default_value: null},
        'level_before': {name: 'level_before', type: 'SMALLINT', default_value: null},
        'level_after': {name: 'level_after', type: 'SMALLINT', default_value: null},
        'training_hours': {name: 'training_hours', type: 'DECIMAL(6,2)', default_value: null},
        'has_improved': {name: 'has_improved', type: 'BOOLEAN', default_value: null},
        'ended_on': {name: 'ended_on', type: 'DATE', default_value: null},
        'updated_at': {name: 'updated_at', type: 'TIMESTAMPTZ', default_value: null},
        '_raw_seq': {name: '_raw_seq', type: 'BIGINT', default_value: null},
        '_source_order': {name: '_source_order', type: 'BIGINT', default_value: null},
        '_deleted': {name: '_deleted', type: 'BOOLEAN', default_value: null},
        '_batch_id': {name: '_batch_id', type: 'BIGINT', default_value: null},
        '_loaded_at': {name: '_loaded_at', type: 'TIMESTAMPTZ', default_value: null},
        '_definition_version': {name: '_definition_version', type: 'INTEGER', default_value: null},
        '_quality_issues': {name: '_quality_issues', type: 'VARCHAR', default_value: null},
        '_quality_score': {name: '_quality_score', type: 'DECIMAL(3,2)', default_value: null}
    {%- endcall %}
) as files
where {{ is_current('scor_training_records', archived.revision) }}
{% endif %}
{% endif %}
