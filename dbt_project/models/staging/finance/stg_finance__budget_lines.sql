-- One row per claimed raw record of budget_lines, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/finance/budget_lines.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('finance', 'source_budget_lines') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        {{ correlation_id('_payload', '_run_id') }} as _correlation_id,
        _payload,
        _payload ->> 'cost_center' as cost_center_code,
        _payload ->> 'account' as account_number,
        nullif(_payload ->> 'month', '') as budget_month,
        nullif(_payload ->> 'plan', '') as planned_amount,
        nullif(_payload ->> 'actual', '') as actual_amount,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.cost_center_code,
        typed.account_number,
        typed.budget_month,
        typed.planned_amount,
        typed.actual_amount,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('cost_center_code', 'varchar(10)', required=true) }},
                {{ cast_fault('account_number', 'varchar(8)', required=true) }},
                {{ cast_fault('budget_month', 'date', required=true) }},
                {{ cast_fault('planned_amount', 'numeric(16,2)', required=true) }},
                {{ cast_fault('actual_amount', 'numeric(16,2)') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.cost_center_code', 'varchar(10)') }} as cost_center_code,
            {{ cast_or_null('sent.account_number', 'varchar(8)') }} as account_number,
            {{ cast_or_null('sent.budget_month', 'date') }} as budget_month,
            {{ cast_or_null('sent.planned_amount', 'numeric(16,2)') }} as planned_amount,
            {{ cast_or_null('sent.actual_amount', 'numeric(16,2)') }} as actual_amount,
            {{ cast_or_null('sent.updated_at', 'timestamptz') }} as updated_at
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed._correlation_id,
        typed.cost_center_code,
        typed.account_number,
        typed.budget_month,
        typed.planned_amount,
        typed.actual_amount,
        typed.updated_at,
        computed.variance,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('variance', 'numeric(16,2)', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (round((actual_amount - planned_amount)::numeric, 2))::text as variance
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.variance', 'numeric(16,2)') }} as variance
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
        cost_center_code,
        account_number,
        budget_month,
        planned_amount,
        actual_amount,
        variance,
        updated_at,
        _cast_faults as _errors,
        array[]::text[] as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    cost_center_code,
    account_number,
    budget_month,
    planned_amount,
    actual_amount,
    variance,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('budget_lines') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 1, 2)::numeric(3, 2) as _quality_score
from judged
