{{ config(materialized='table') }}

-- One row per KPI and period in which its object had rows. The formulas are those of the definitions.
{% set wanted = var('kpi_modules', []) %}
{% for kpi in kpi_formulas() if not wanted or kpi.module in wanted %}
select
    '{{ kpi.code }}' as kpi_code,
    cast(date_trunc('{{ kpi.grain }}', {{ kpi.time_column }} at time zone 'UTC') as date) as period_start,
    '{{ kpi.grain }}' as grain,
    cast({{ kpi.numerator }} as double) as numerator,
    cast({{ kpi.denominator or 1 }} as double) as denominator,
    {{ kpi.scale }} * cast({{ kpi.numerator }} as double)
    / nullif(cast({{ kpi.denominator or 1 }} as double), 0) as kpi_value
from {{ ref(kpi.relation) }}
group by period_start
{% if not loop.last %}union all{% endif %}
{% endfor %}
