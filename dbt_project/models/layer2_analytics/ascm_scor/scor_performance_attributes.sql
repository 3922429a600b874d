{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['attribute_code'],
        full_refresh=false,
        pre_hook="{{ lock_batch('scor_performance_attributes') }}",
        post_hook="{{ close_batch('scor_performance_attributes', ref('stg_ascm_scor__scor_performance_attributes'), ref('rejected_scor_performance_attributes')) }}",
    )
}}

-- One row per attribute_code: the newest record known. Closes the batch.
-- Generated from definitions/object_models/ascm_scor/scor_performance_attributes.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_scor_performance_attributes') }}
with accepted as (
    select
        attribute_code,
        attribute_name,
        faces,
        definition,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by attribute_code
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_ascm_scor__scor_performance_attributes') }}
    where _errors = '{}' and {{ in_open_batch('scor_performance_attributes') }}
),

known as (
    select distinct on (attribute_code)
        attribute_code,
        attribute_name,
        faces,
        definition,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (attribute_code) in (
        select accepted.attribute_code
        from accepted
    )
    order by attribute_code, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.attribute_code = known.attribute_code
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    attribute_code,
    attribute_name,
    faces,
    definition,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
