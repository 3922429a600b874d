{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['quota_id', 'measured_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('quota_usage') }}",
        post_hook="{{ close_batch('quota_usage', ref('stg_control_plane__quota_usage'), ref('rejected_quota_usage')) }}",
    )
}}

-- One row per quota_id and measured_at: the newest record known. Closes the batch.
-- Generated from definitions/object_models/control_plane/quota_usage.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_quota_usage') }}
with accepted as (
    select
        quota_id,
        measured_at,
        tenant_id,
        used_value,
        limit_value,
        refused_count,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by quota_id, measured_at
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_control_plane__quota_usage') }}
    where _errors = '{}' and {{ in_open_batch('quota_usage') }}
),

known as (
    select distinct on (quota_id, measured_at)
        quota_id,
        measured_at,
        tenant_id,
        used_value,
        limit_value,
        refused_count,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            quota_id,
            measured_at,
            tenant_id,
            used_value,
            limit_value,
            refused_count,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (quota_id, measured_at) in (
            select
                accepted.quota_id,
                accepted.measured_at
            from accepted
        )
        union all
        select
            quota_id,
            measured_at,
            tenant_id,
            used_value,
            limit_value,
            refused_count,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('quota_usage') }} as cold
        where (quota_id, measured_at) in (
            select
                accepted.quota_id,
                accepted.measured_at
            from accepted
        )
    ) as standing
    order by quota_id, measured_at, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.quota_id = known.quota_id
            and accepted.measured_at = known.measured_at
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    quota_id,
    measured_at,
    tenant_id,
    used_value,
    limit_value,
    refused_count,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
