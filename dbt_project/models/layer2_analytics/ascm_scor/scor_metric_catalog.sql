{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['metric_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('scor_metric_catalog') }}",
        post_hook="{{ close_batch('scor_metric_catalog', ref('stg_ascm_scor__scor_metric_catalog'), ref('rejected_scor_metric_catalog')) }}",
    )
}}

-- One row per metric_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/ascm_scor/scor_metric_catalog.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_scor_metric_catalog') }}
with accepted as (
    select
        metric_id,
        metric_name,
        attribute_code,
        metric_level,
        parent_metric_id,
        unit,
        direction,
        definition,
        formula,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by metric_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_ascm_scor__scor_metric_catalog') }}
    where _errors = '{}' and {{ in_open_batch('scor_metric_catalog') }}
),

known as (
    select distinct on (metric_id)
        metric_id,
        metric_name,
        attribute_code,
        metric_level,
        parent_metric_id,
        unit,
        direction,
        definition,
        formula,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (metric_id) in (
        select accepted.metric_id
        from accepted
    )
    order by metric_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.metric_id = known.metric_id
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
    metric_name,
    attribute_code,
    metric_level,
    parent_metric_id,
    unit,
    direction,
    definition,
    formula,
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
