{{ config(materialized='table') }}

-- One row per KPI, period and benchmark: how the figure stands against what others reach.
with candidates as (
    select
        kpi_values.kpi_code,
        kpi_values.period_start,
        kpi_values.kpi_value,
        benchmarks.benchmark_code,
        benchmarks.industry_code,
        cast(benchmarks.p10 as double) as p10,
        cast(benchmarks.p25 as double) as p25,
        cast(benchmarks.p50 as double) as p50,
        cast(benchmarks.p75 as double) as p75,
        cast(benchmarks.p90 as double) as p90,
        row_number() over (
            partition by kpi_values.kpi_code, kpi_values.period_start, benchmarks.industry_code
            order by benchmarks.period_start desc
        ) as newest_first
    from {{ ref('fct_kpi_values') }} as kpi_values
    inner join {{ ref('layer1_benchmarks') }} as benchmarks
        on kpi_values.kpi_code = benchmarks.kpi_code
    -- The newest benchmark that was known when the period began; next year's says nothing about this year.
    where benchmarks.period_start <= kpi_values.period_start
),

kpis as (
    select
        kpi_code,
        kpi_name,
        unit,
        direction
    from {{ ref('layer1_kpis') }}
)

select
    candidates.kpi_code,
    kpis.kpi_name,
    kpis.unit,
    kpis.direction,
    candidates.period_start,
    candidates.benchmark_code,
    candidates.industry_code,
    candidates.kpi_value,
    candidates.p50 as benchmark_median,
    candidates.kpi_value - candidates.p50 as gap_to_median,
    case
        when candidates.kpi_value is null then null
        when candidates.kpi_value < candidates.p10 then 'below p10'
        when candidates.kpi_value < candidates.p25 then 'p10 to p25'
        when candidates.kpi_value < candidates.p50 then 'p25 to p50'
        when candidates.kpi_value < candidates.p75 then 'p50 to p75'
        when candidates.kpi_value < candidates.p90 then 'p75 to p90'
        else 'p90 and above'
    end as percentile_band,
    case kpis.direction
        when 'higher_is_better' then candidates.kpi_value >= candidates.p50
        when 'lower_is_better' then candidates.kpi_value <= candidates.p50
        -- A target is met between the quartiles.
        else candidates.kpi_value between candidates.p25 and candidates.p75
    end as is_at_or_better_than_median
from candidates
inner join kpis on candidates.kpi_code = kpis.kpi_code
where candidates.newest_first = 1
