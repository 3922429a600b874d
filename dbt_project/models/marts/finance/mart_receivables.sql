{{ config(materialized='table') }}

-- One row per currency and month in which customers were billed in it.
with invoices as (
    select
        currency,
        invoiced_on,
        net_amount + tax_amount as billed_amount,
        open_amount
    from {{ ref('history_customer_invoices') }}
),

rates_to_usd as (
    select
        base_currency,
        rate_date,
        rate
    from {{ ref('history_exchange_rates') }}
    where quote_currency = 'USD'
),

valued as (
    select
        invoices.currency,
        invoices.billed_amount,
        invoices.open_amount,
        cast(date_trunc('month', invoices.invoiced_on) as date) as invoice_month,
        case when invoices.currency = 'USD' then 1 else rates_to_usd.rate end as rate
    from invoices
    -- Days without trading have no rate: the last one before them holds.
    asof left join rates_to_usd
        on
            invoices.currency = rates_to_usd.base_currency
            and invoices.invoiced_on >= rates_to_usd.rate_date
)

select
    currency,
    invoice_month,
    count(*) as invoice_count,
    count(*) filter (where rate is null) as invoices_without_rate,
    cast(sum(billed_amount) as decimal(18, 2)) as billed_amount,
    cast(sum(open_amount) as decimal(18, 2)) as open_amount,
    cast(sum(billed_amount * rate) as decimal(18, 2)) as billed_usd,
    cast(sum(open_amount * rate) as decimal(18, 2)) as open_usd
from valued
group by currency, invoice_month
