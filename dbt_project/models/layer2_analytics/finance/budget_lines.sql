{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['cost_center_code', 'account_number', 'budget_month'],
        full_refresh=false,
        pre_hook="{{ lock_batch('budget_lines') }}",
        post_hook="{{ close_batch('budget_lines', ref('stg_finance__budget_lines'), ref('rejected_budget_lines')) }}",
    )
}}

-- One row per cost_center_code and account_number and budget_month: the newest record known. Closes the batch.
-- Generated from definitions/object_models/finance/budget_lines.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_budget_lines') }}
-- depends_on: {{ ref('budget_lines_versions') }}
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
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by cost_center_code, account_number, budget_month
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_finance__budget_lines') }}
    where _errors = '{}' and {{ in_open_batch('budget_lines') }}
),

known as (
    select distinct on (cost_center_code, account_number, budget_month)
        cost_center_code,
        account_number,
        budget_month,
        planned_amount,
        actual_amount,
        variance,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (cost_center_code, account_number, budget_month) in (
        select
            accepted.cost_center_code,
            accepted.account_number,
            accepted.budget_month
        from accepted
    )
    order by cost_center_code, account_number, budget_month, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.cost_center_code = known.cost_center_code
            and accepted.account_number = known.account_number
            and accepted.budget_month = known.budget_month
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
    _quality_score
from newest
