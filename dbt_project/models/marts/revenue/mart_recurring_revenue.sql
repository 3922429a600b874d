{{ config(materialized='table') }}

-- One row per tenant, product and month in which a buyer paid by contract, had done so the month before, or was invoiced.
with movements as (
    select
        tenant_id,
        product_id,
        revenue_month,
        movement,
        opening_mrr_usd,
        mrr_usd,
        mrr_usd - opening_mrr_usd as change_usd,
        0 as invoiced_usd
    from {{ ref('fct_subscriber_months') }}
),

-- The seller's share before the marketplace's fee; what is invoiced in other currencies is left out, not converted.
invoices as (
    select
        billing.tenant_id,
        billing.product_id,
        cast(date_trunc('month', billing.action_date at time zone 'UTC') as date) as revenue_month,
        null as movement,
        0 as opening_mrr_usd,
        0 as mrr_usd,
        0 as change_usd,
        billing.amount as invoiced_usd
    from {{ ref('history_marketplace_billing_event') }} as billing
    inner join {{ ref('reporting_day') }} as reporting_day
        on cast(billing.action_date at time zone 'UTC' as date) <= reporting_day.as_of_date
    where
        billing.action = 'INVOICED'
        and billing.transaction_type like 'SELLER_REV_SHARE%'
        and billing.currency = 'USD'
        and billing.product_id is not null
),

everything as (
    select * from movements
    union all by name
    select * from invoices
),

products as (
    select
        tenant_id,
        entity_id,
        title
    from {{ ref('marketplace_product_read') }}
),

by_month as (
    select
        tenant_id,
        product_id,
        revenue_month,
        sum(opening_mrr_usd) as opening_mrr_usd,
        coalesce(sum(change_usd) filter (where movement = 'new'), 0) as new_mrr_usd,
        coalesce(sum(change_usd) filter (where movement = 'reactivation'), 0) as reactivation_mrr_usd,
        coalesce(sum(change_usd) filter (where movement = 'expansion'), 0) as expansion_mrr_usd,
        coalesce(-sum(change_usd) filter (where movement = 'contraction'), 0) as contraction_mrr_usd,
        coalesce(-sum(change_usd) filter (where movement = 'churn'), 0) as churned_mrr_usd,
        sum(mrr_usd) as mrr_usd,
        sum(invoiced_usd) as invoiced_usd,
        count(*) filter (where opening_mrr_usd > 0) as opening_subscriber_count,
        count(*) filter (where movement in ('new', 'reactivation')) as gained_subscriber_count,
        count(*) filter (where movement = 'churn') as churned_subscriber_count,
        count(*) filter (where mrr_usd > 0) as subscriber_count
    from everything
    group by tenant_id, product_id, revenue_month
)

select
    by_month.tenant_id,
    by_month.product_id,
    products.title as product_title,
    by_month.revenue_month,
    least(last_day(by_month.revenue_month), reporting_day.as_of_date) as measured_on,
    cast(by_month.opening_mrr_usd as decimal(18, 2)) as opening_mrr_usd,
    cast(by_month.new_mrr_usd as decimal(18, 2)) as new_mrr_usd,
    cast(by_month.reactivation_mrr_usd as decimal(18, 2)) as reactivation_mrr_usd,
    cast(by_month.expansion_mrr_usd as decimal(18, 2)) as expansion_mrr_usd,
    cast(by_month.contraction_mrr_usd as decimal(18, 2)) as contraction_mrr_usd,
    cast(by_month.churned_mrr_usd as decimal(18, 2)) as churned_mrr_usd,
    cast(by_month.mrr_usd as decimal(18, 2)) as mrr_usd,
    cast(12 * by_month.mrr_usd as decimal(18, 2)) as arr_usd,
    cast(by_month.invoiced_usd as decimal(18, 2)) as invoiced_usd,
    by_month.opening_subscriber_count,
    by_month.gained_subscriber_count,
    by_month.churned_subscriber_count,
    by_month.subscriber_count,
    100.0 * by_month.churned_subscriber_count / nullif(by_month.opening_subscriber_count, 0) as subscriber_churn_rate,
    100 * cast(by_month.opening_mrr_usd - by_month.contraction_mrr_usd - by_month.churned_mrr_usd as double)
    / nullif(by_month.opening_mrr_usd, 0) as gross_retention_rate,
    100 * cast(
        by_month.opening_mrr_usd
        + by_month.expansion_mrr_usd
        - by_month.contraction_mrr_usd
        - by_month.churned_mrr_usd as double
    ) / nullif(by_month.opening_mrr_usd, 0) as net_retention_rate
from by_month
cross join {{ ref('reporting_day') }} as reporting_day
left join products on by_month.product_id = products.entity_id and by_month.tenant_id = products.tenant_id
