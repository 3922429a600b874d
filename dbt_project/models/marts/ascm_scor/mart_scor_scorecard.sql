{{ config(materialized='table') }}

-- One row per metric, process, UTC month and industry in which the metric was measured there or further down.
with recursive process_ancestors as (
    select
        process_id,
        process_id as ancestor_id
    from {{ ref('scor_processes_read') }}
    union
    select
        ancestors.process_id,
        parents.parent_process_id as ancestor_id
    from process_ancestors as ancestors
    inner join {{ ref('scor_processes_read') }} as parents on ancestors.ancestor_id = parents.process_id
    where parents.parent_process_id is not null
),

measured as (
    select
        metrics.metric_id,
        coalesce(ancestors.ancestor_id, metrics.process_id) as process_id,
        cast(date_trunc('month', metrics.timestamp at time zone 'UTC') as date) as measured_month,
        -- The plain mean, as the KPIs take it: a quiet day weighs as much as a busy one, a small store as a large one.
        -- Summed as decimals: a mean of doubles would change in its last place when the archive hands rows over in another
        -- order.
        cast(sum(metrics.value) as double) / count(*) as metric_value,
        count(*) as measurement_count,
        bool_and(metrics.process_id <> coalesce(ancestors.ancestor_id, metrics.process_id)) as is_rolled_up
    from {{ ref('history_scor_metrics') }} as metrics
    left join process_ancestors as ancestors on metrics.process_id = ancestors.process_id
    group by metrics.metric_id, coalesce(ancestors.ancestor_id, metrics.process_id), measured_month
),

catalog as (
    select
        metric_id,
        metric_name,
        attribute_code,
        metric_level,
        parent_metric_id,
        unit,
        direction
    from {{ ref('scor_metric_catalog_read') }}
),

-- The KPI that is the mean of one metric speaks of that metric, and so do the benchmarks of the KPI.
metric_benchmarks as (
    select
        regexp_extract(kpis.numerator, 'metric_id = ''([^'']+)''', 1) as metric_id,
        benchmarks.industry_code,
        benchmarks.benchmark_code,
        cast(benchmarks.period_start as date) as known_from,
        cast(benchmarks.p10 as double) as p10,
        cast(benchmarks.p25 as double) as p25,
        cast(benchmarks.p50 as double) as p50,
        cast(benchmarks.p75 as double) as p75,
        cast(benchmarks.p90 as double) as p90
    from {{ ref('layer1_kpis') }} as kpis
    inner join {{ ref('layer1_benchmarks') }} as benchmarks on kpis.kpi_code = benchmarks.kpi_code
    where kpis.object_code = 'SCOR_METRIC' and kpis.numerator like 'avg(value)%'
),

-- The newest benchmark that was known when the month began; next year's says nothing about this year.
compared as (
    select
        measured.*,
        metric_benchmarks.industry_code,
        metric_benchmarks.benchmark_code,
        metric_benchmarks.p10,
        metric_benchmarks.p25,
        metric_benchmarks.p50,
        metric_benchmarks.p75,
        metric_benchmarks.p90
    from measured
    left join metric_benchmarks
        on measured.metric_id = metric_benchmarks.metric_id and measured.measured_month >= metric_benchmarks.known_from
    qualify
        row_number() over (
            partition by
                measured.metric_id, measured.process_id, measured.measured_month, metric_benchmarks.industry_code
            order by metric_benchmarks.known_from desc, metric_benchmarks.benchmark_code
        ) = 1
),

targets as (
    select
        metric_id,
        process_id,
        target_year,
        cast(target_value as double) as target_value,
        cast(alarm_value as double) as alarm_value
    from {{ ref('scor_metric_targets_read') }}
),

-- Turned so that more is better for every metric: then one comparison serves both directions.
scored as (
    select
        compared.*,
        catalog.metric_name,
        catalog.attribute_code,
        catalog.metric_level,
        catalog.parent_metric_id,
        catalog.unit,
        catalog.direction,
        targets.target_value,
        targets.alarm_value,
        case catalog.direction when 'higher_is_better' then 1 when 'lower_is_better' then -1 end as sign
    from compared
    left join catalog on compared.metric_id = catalog.metric_id
    left join targets
        on
            compared.metric_id = targets.metric_id
            and compared.process_id = targets.process_id
            and year(compared.measured_month) = targets.target_year
),

-- What part of the industry is worse. Between two known percentiles as on a straight line; beyond the outermost
-- nothing is known but that it lies there.
ranked as (
    select
        *,
        case
            when sign is null or p50 is null then null
            when sign = 1
                then
                    case
                        when metric_value < p10 then 0
                        when metric_value >= p90 then 90
                        when metric_value >= p75 then 75 + 15 * (metric_value - p75) / (p90 - p75)
                        when metric_value >= p50 then 50 + 25 * (metric_value - p50) / (p75 - p50)
                        when metric_value >= p25 then 25 + 25 * (metric_value - p25) / (p50 - p25)
                        else 10 + 15 * (metric_value - p10) / (p25 - p10)
                    end
            when metric_value > p90 then 0
            when metric_value <= p10 then 90
            when metric_value <= p25 then 75 + 15 * (p25 - metric_value) / (p25 - p10)
            when metric_value <= p50 then 50 + 25 * (p50 - metric_value) / (p50 - p25)
            when metric_value <= p75 then 25 + 25 * (p75 - metric_value) / (p75 - p50)
            else 10 + 15 * (p90 - metric_value) / (p90 - p75)
        end as percentile
    from scored
)

select
    metric_id,
    metric_name,
    attribute_code,
    cast(metric_level as integer) as metric_level,
    parent_metric_id,
    unit,
    direction,
    process_id,
    is_rolled_up,
    measured_month,
    measurement_count,
    metric_value,
    target_value,
    sign * metric_value >= sign * target_value as meets_target,
    sign * metric_value <= sign * alarm_value as is_alarming,
    industry_code,
    benchmark_code,
    p50 as benchmark_median,
    metric_value - p50 as gap_to_median,
    percentile,
    -- The words of the targets: the best tenth, the best third, the better half.
    case
        when percentile >= 90 then 'superior'
        when percentile >= 100.0 * 2 / 3 then 'advantage'
        when percentile >= 50 then 'parity'
        when percentile < 50 then 'below parity'
    end as standing
from ranked
