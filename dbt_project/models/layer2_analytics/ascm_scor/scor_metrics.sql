{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['metric_id', 'process_id', 'timestamp'],
        full_refresh=false,
        pre_hook="{{ lock_batch('scor_metrics') }}",
        post_hook="{{ close_batch('scor_metrics', ref('stg_ascm_scor__scor_metrics'), ref('rejected_scor_metrics')) }}",
    )
}}

-- One row per metric_id and process_id and timestamp: the newest record known. Closes the batch.
-- Generated from definitions/object_models/ascm_scor/scor_metrics.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_scor_metrics') }}
with accepted as (
    select
        metric_id,
        process_id,
        value,
        "timestamp",
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by metric_id, process_id, "timestamp"
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_ascm_scor__scor_metrics') }}
    where _errors = '{}' and {{ in_open_batch('scor_metrics') }}
),

known as (
    select distinct on (metric_id, process_id, "timestamp")
        metric_id,
        process_id,
        value,
        "timestamp",
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            metric_id,
            process_id,
            value,
            "timestamp",
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (metric_id, process_id, "timestamp") in (
            select
                accepted.metric_id,
                accepted.process_id,
                accepted."timestamp"
            from accepted
        )
        union all
        select
            metric_id,
            process_id,
            value,
            "timestamp",
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('scor_metrics') }} as cold
        where (metric_id, process_id, "timestamp") in (
            select
                accepted.metric_id,
                accepted.process_id,
                accepted."timestamp"
            from accepted
        )
    ) as standing
    order by metric_id, process_id, "timestamp", _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.metric_id = known.metric_id
            and accepted.process_id = known.process_id
            and accepted."timestamp" = known."timestamp"
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
    value,
    "timestamp",
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
