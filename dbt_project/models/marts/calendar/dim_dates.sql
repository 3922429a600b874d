{{ config(materialized='table') }}

-- One row per day from `calendar_starts` to `calendar_ends`.
with days as (
    select
        cast(each_day as date) as date_day,
        -- A fiscal year is named for the calendar year in which it ends.
        cast(
            each_day + to_months((13 - {{ var('fiscal_year_starts_in_month', 1) }}) % 12) as date
        ) as fiscal_date
    from
        generate_series(
            timestamp '{{ var('calendar_starts', '2000-01-01') }}',
            timestamp '{{ var('calendar_ends', '2099-12-31') }}',
            interval '1 day'
        ) as series (each_day)
)

select
    date_day,
    cast(strftime(date_day, '%Y%m%d') as integer) as date_key,
    cast(extract(year from date_day) as integer) as year_number,
    cast(extract(quarter from date_day) as integer) as quarter_number,
    extract(year from date_day) || '-Q' || extract(quarter from date_day) as quarter_name,
    cast(extract(month from date_day) as integer) as month_number,
    monthname(date_day) as month_name,
    cast(date_trunc('month', date_day) as date) as month_start,
    cast(extract(isoyear from date_day) as integer) as iso_year,
    cast(extract(week from date_day) as integer) as iso_week,
    cast(date_trunc('week', date_day) as date) as week_start,
    cast(extract(day from date_day) as integer) as day_of_month,
    cast(extract(doy from date_day) as integer) as day_of_year,
    cast(extract(isodow from date_day) as integer) as day_of_week,
    dayname(date_day) as day_name,
    extract(isodow from date_day) in (6, 7) as is_weekend,
    date_day = last_day(date_day) as is_month_end,
    cast(date_day - interval '1 year' as date) as same_date_last_year,
    -- 52 whole weeks: a Saturday is compared with a Saturday.
    date_day - 364 as same_weekday_last_year,
    cast(extract(year from fiscal_date) as integer) as fiscal_year,
    cast(extract(quarter from fiscal_date) as integer) as fiscal_quarter
from days
