{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook="{{ lock_batch('budget_lines') }}",
        post_hook="{{ drop_stale_versions('budget_lines', ref('stg_finance__budget_lines')) }}",
    )
}}

-- One row per version a record of budget_lines had, by the source's own order. A late record takes its place in between.
-- Generated from definitions/object_models/finance/budget_lines.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_budget_lines') }}
with accepted as (
    select
        cost_center_code,
        account_number,
        budget_month,
        planned_amount,
        actual_amount,
        variance,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        now() as _loaded_at,
        1 as _definition_version,
        _quality_issues,
        _quality_score,
        _valid_from as valid_from,
        _correlation_id
    from {{ ref('stg_finance__budget_lines') }}
    where _errors = '{}' and {{ in_open_batch('budget_lines') }}
),

-- The versions already known of the same objects, whose ends may move.
known as (
    select
        cost_center_code,
        account_number,
        budget_month,
        planned_amount,
        actual_amount,
        variance,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        valid_from,
        _correlation_id
    from {{ this }} as standing
    where
        (cost_center_code, account_number, budget_month) in (
            select
                accepted.cost_center_code,
                accepted.account_number,
                accepted.budget_month
            from accepted
            union all
            select
                earlier.cost_center_code,
                earlier.account_number,
                earlier.budget_month
            from {{ this }} as earlier
            where {{ in_open_batch('budget_lines') }}
        )
        and not {{ in_open_batch('budget_lines') }}
        and not exists (
            select from accepted as again
            where again._raw_seq = standing._raw_seq
        )
),

everything as (
    select * from accepted
    union all
    select * from known
)

select
    cost_center_code,
    account_number,
    budget_month,
    planned_amount,
    actual_amount,
    variance,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score,
    valid_from,
    -- Where the order is not one of time, a newer version may hold from earlier on: no two may hold at once.
    case when count(*) over later > 0 then greatest(valid_from, min(valid_from) over later) end as valid_to,
    count(*) over later = 0 as is_current,
    _correlation_id
from everything
window
    later as (
        partition by cost_center_code, account_number, budget_month
        order by _source_order, _raw_seq
        rows between 1 following and unbounded following
    )
