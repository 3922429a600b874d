{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['practice_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('scor_practices') }}",
        post_hook="{{ close_batch('scor_practices', ref('stg_ascm_scor__scor_practices'), ref('rejected_scor_practices')) }}",
    )
}}

-- One row per practice_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/ascm_scor/scor_practices.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_scor_practices') }}
with accepted as (
    select
        practice_id,
        practice_name,
        maturity,
        process_id,
        description,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by practice_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_ascm_scor__scor_practices') }}
    where _errors = '{}' and {{ in_open_batch('scor_practices') }}
),

known as (
    select distinct on (practice_id)
        practice_id,
        practice_name,
        maturity,
        process_id,
        description,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (practice_id) in (
        select accepted.practice_id
        from accepted
    )
    order by practice_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.practice_id = known.practice_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    practice_id,
    practice_name,
    maturity,
    process_id,
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
