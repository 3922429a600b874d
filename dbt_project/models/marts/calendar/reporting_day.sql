{{ config(materialized='table') }}

-- One row: the UTC day up to which marts look. Today, unless --vars '{reporting_day: 2024-06-30}' names another.
select
    coalesce(
        cast(nullif('{{ var('reporting_day', '') }}', '') as date),
        cast(now() at time zone 'UTC' as date)
    ) as as_of_date
