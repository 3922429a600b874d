{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['metric_id', 'process_id', 'target_year'],
        full_refresh=false,
        pre_hook="{{ lock_batch('scor_metric_targets') }}",
        post_hook="{{ close_batch('scor_metric_targets', ref('stg_ascm_scor__scor_metric_targets'), ref('rejected_scor_metric_targets')) }}",
    )
}}

-- One row per metric_id and process_id and target_year: the newest record known. Closes the batch.
-- Generated from definitions/object_models/ascm_scor/scor_metric_targets.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_scor_metric_targets') }}
-- depends_on: {{ ref('scor_metric_targets_versions') }}
with accepted as (
    select
        metric_id,
        process_id,
        target_year,
        target_value,
        alarm_value,
        ambition,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by metric_id, process_id, target_year
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_ascm_scor__scor_metric_targets') }}
    where _errors = '{}' and {{ in_open_batch('scor_metric_targets') }}
),

known as (
    select distinct on (metric_id, process_id, target_year)
        metric_id,
        process_id,
        target_year,
        target_value,
        alarm_value,
        ambition,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (metric_id, process_id, target_year) in (
        select
            accepted.metric_id,
            accepted.process_id,
            accepted.target_year
        from accepted
    )
    order by metric_id, process_id, target_year, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.metric_id = known.metric_id
            and accepted.process_id = known.process_id
            and accepted.target_year = known.target_year
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    metric_id,
    process_id,
    target_year,
    target_value,
    alarm_value,
    ambition,
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
