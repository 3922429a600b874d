{{ config(materialized='view') }}

-- One row per table and dbt run that checked it: the share of all checks that held, errors weighing three times a warning.
-- Comes with the tool: edit the tool, not this file.
with checked as (
    select
        table_name,
        invocation_id,
        rule_id,
        checked_at,
        severity,
        status,
        record_count,
        failed_count,
        success_rate,
        case severity when 'ERROR' then 3 when 'WARNING' then 1 else 0 end as weight
    from {{ source('quality', 'data_quality_results') }}
    where success_rate is not null
)

select
    table_name,
    invocation_id,
    max(checked_at) as checked_at,
    round(sum(weight * success_rate) / nullif(sum(weight), 0), 6)::numeric(9, 6) as score,
    count(*) as checks,
    count(*) filter (where failed_count > 0) as checks_with_failures,
    count(*) filter (where status = 'fail') as failed_tests,
    count(*) filter (where status = 'warn') as warning_tests,
    sum(failed_count)::bigint as failed_count,
    (array_agg(rule_id order by weight * (1 - success_rate) desc, rule_id) filter (where failed_count > 0))[1]
        as worst_rule_id
from checked
group by table_name, invocation_id
