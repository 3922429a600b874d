{{ config(materialized='table') }}

-- One row per tenant, product, buyer's account and month in which the buyer pays by contract, or did the month before.
with versions as (
    select
        tenant_id,
        product_id,
        subscriber_account_id,
        status,
        start_date,
        end_date,
        monthly_value_usd,
        valid_to,
        _deleted,
        -- What was heard of first has held from the start of the subscription, however late it was heard.
        case
            when row_number() over (partition by id order by _source_order, _raw_seq) = 1
                then least(valid_from, cast(start_date as timestamp) at time zone 'UTC')
            else valid_from
        end as holds_from
    from {{ ref('subscription_versions') }}
),

first_start as (
    select min(start_date) as start_date
    from versions
),

months as (
    select
        cast(
            unnest(
                range(
                    cast(date_trunc('month', first_start.start_date) as timestamp),
                    cast(reporting_day.as_of_date as timestamp) + interval 1 day,
                    interval 1 month
                )
            ) as date
        ) as revenue_month,
        reporting_day.as_of_date
    from first_start
    cross join {{ ref('reporting_day') }} as reporting_day
),

-- The running month is measured at the reporting day, every other at its last day.
measured_months as (
    select
        revenue_month,
        as_of_date,
        least(last_day(revenue_month), as_of_date) as measured_on,
        cast(least(last_day(revenue_month), as_of_date) + interval 1 day as timestamp) at time zone 'UTC'
            as measured_before
    from months
),

-- Who is suspended does not pay; who has cancelled pays until the last day.
paid as (
    select
        versions.tenant_id,
        versions.product_id,
        versions.subscriber_account_id,
        measured_months.revenue_month,
        measured_months.as_of_date,
        versions.monthly_value_usd
    from measured_months
    inner join versions
        on
            measured_months.measured_before > versions.holds_from
            and coalesce(measured_months.measured_before <= versions.valid_to, true)
            and measured_months.measured_on >= versions.start_date
            and coalesce(measured_months.measured_on <= versions.end_date, true)
    where
        versions.status in ('active', 'cancelled', 'ended')
        and versions.monthly_value_usd > 0
        and not versions._deleted
),

-- The month after a paid one has a row too, so that who is gone is seen to go.
paid_and_after as (
    select
        tenant_id,
        product_id,
        subscriber_account_id,
        revenue_month,
        monthly_value_usd,
        1 as subscription_count
    from paid
    union all
    select
        tenant_id,
        product_id,
        subscriber_account_id,
        cast(revenue_month + interval 1 month as date) as revenue_month,
        0 as monthly_value_usd,
        0 as subscription_count
    from paid
    where cast(revenue_month + interval 1 month as date) <= as_of_date
),

months_of_accounts as (
    select
        tenant_id,
        product_id,
        subscriber_account_id,
        revenue_month,
        sum(subscription_count) as subscription_count,
        sum(monthly_value_usd) as mrr_usd
    from paid_and_after
    group by tenant_id, product_id, subscriber_account_id, revenue_month
),

with_opening as (
    select
        *,
        lag(revenue_month) over earlier is not null as has_paid_before,
        case
            when lag(revenue_month) over earlier = cast(revenue_month - interval 1 month as date)
                then lag(mrr_usd) over earlier
            else 0
        end as opening_mrr_usd
    from months_of_accounts
    window earlier as (partition by tenant_id, product_id, subscriber_account_id order by revenue_month)
)

select
    tenant_id,
    product_id,
    subscriber_account_id,
    revenue_month,
    cast(subscription_count as bigint) as subscription_count,
    cast(opening_mrr_usd as decimal(18, 2)) as opening_mrr_usd,
    cast(mrr_usd as decimal(18, 2)) as mrr_usd,
    case
        when opening_mrr_usd = 0 and has_paid_before then 'reactivation'
        when opening_mrr_usd = 0 then 'new'
        when mrr_usd = 0 then 'churn'
        when mrr_usd > opening_mrr_usd then 'expansion'
        when mrr_usd < opening_mrr_usd then 'contraction'
        else 'retained'
    end as movement
from with_opening
