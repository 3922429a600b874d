{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['plan'],
        full_refresh=false,
        pre_hook="{{ lock_batch('plan') }}",
        post_hook="{{ close_batch('plan', ref('stg_control_plane__plan'), ref('rejected_plan')) }}",
    )
}}

-- One row per plan: the newest record known. Closes the batch.
-- Generated from definitions/object_models/control_plane/plan.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_plan') }}
with accepted as (
    select
        plan,
        display_name,
        price_usd_month,
        included_users,
        included_connectors,
        retention_days,
        is_sold,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by plan
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_control_plane__plan') }}
    where _errors = '{}' and {{ in_open_batch('plan') }}
),

known as (
    select distinct on (plan)
        plan,
        display_name,
        price_usd_month,
        included_users,
        included_connectors,
        retention_days,
        is_sold,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (plan) in (
        select accepted.plan
        from accepted
    )
    order by plan, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.plan = known.plan
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    plan,
    display_name,
    price_usd_month,
    included_users,
    included_connectors,
    retention_days,
    is_sold,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
