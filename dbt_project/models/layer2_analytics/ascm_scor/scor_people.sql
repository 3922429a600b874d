{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['person_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('scor_people') }}",
        post_hook="{{ close_batch('scor_people', ref('stg_ascm_scor__scor_people'), ref('rejected_scor_people')) }}",
    )
}}

-- One row per person_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/ascm_scor/scor_people.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_scor_people') }}
-- depends_on: {{ ref('scor_people_versions') }}
with accepted as (
    select
        person_id,
        full_name,
        process_id,
        contract_hours,
        hired_on,
        left_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by person_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_ascm_scor__scor_people') }}
    where _errors = '{}' and {{ in_open_batch('scor_people') }}
),

known as (
    select distinct on (person_id)
        person_id,
        full_name,
        process_id,
        contract_hours,
        hired_on,
        left_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (person_id) in (
        select accepted.person_id
        from accepted
    )
    order by person_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.person_id = known.person_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    person_id,
    full_name,
    process_id,
    contract_hours,
    hired_on,
    left_on,
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
