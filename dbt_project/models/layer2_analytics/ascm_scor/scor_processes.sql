{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['process_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('scor_processes') }}",
        post_hook="{{ close_batch('scor_processes', ref('stg_ascm_scor__scor_processes'), ref('rejected_scor_processes')) }}",
    )
}}

-- One row per process_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/ascm_scor/scor_processes.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_scor_processes') }}
with accepted as (
    select
        process_id,
        process_name,
        process_level,
        process_type,
        parent_process_id,
        description,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by process_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_ascm_scor__scor_processes') }}
    where _errors = '{}' and {{ in_open_batch('scor_processes') }}
),

known as (
    select distinct on (process_id)
        process_id,
        process_name,
        process_level,
        process_type,
        parent_process_id,
        description,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (process_id) in (
        select accepted.process_id
        from accepted
    )
    order by process_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.process_id = known.process_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    process_id,
    process_name,
    process_level,
    process_type,
    parent_process_id,
    description,
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
