{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['cost_center_code'],
        full_refresh=false,
        pre_hook="{{ lock_batch('cost_centers') }}",
        post_hook="{{ close_batch('cost_centers', ref('stg_finance__cost_centers'), ref('rejected_cost_centers')) }}",
    )
}}

-- One row per cost_center_code: the newest record known. Closes the batch.
-- Generated from definitions/object_models/finance/cost_centers.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_cost_centers') }}
-- depends_on: {{ ref('cost_centers_versions') }}
with accepted as (
    select
        cost_center_code,
        cost_center_name,
        parent_code,
        responsible_name,
        is_active,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by cost_center_code
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_finance__cost_centers') }}
    where _errors = '{}' and {{ in_open_batch('cost_centers') }}
),

known as (
    select distinct on (cost_center_code)
        cost_center_code,
        cost_center_name,
        parent_code,
        responsible_name,
        is_active,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (cost_center_code) in (
        select accepted.cost_center_code
        from accepted
    )
    order by cost_center_code, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.cost_center_code = known.cost_center_code
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    cost_center_code,
    cost_center_name,
    parent_code,
    responsible_name,
    is_active,
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
