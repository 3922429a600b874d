{#
    The newest figure of a KPI whose period is over and has one, where it is beyond what a benchmark asks for. `since` is
    the first day from which the benchmark is known:
        meets_benchmark: {arguments: {kpi: WIN_RATE, since: 2025-01-01, at_least: 18.5}, config: {severity: warn}}
#}
{% test meets_benchmark(model, kpi, since, at_least=none, at_most=none) %}
    {%- set formula = kpi_formulas() | selectattr('code', 'equalto', kpi) | first -%}
    {%- set spans = {'day': '1 day', 'week': '7 days', 'month': '1 month', 'quarter': '3 months', 'year': '1 year'} -%}
    with figures as (
        select
            cast(date_trunc('{{ formula.grain }}', {{ formula.utc_time }}) as date) as period_start,
            {{ formula.scale }} * cast({{ formula.numerator }} as double precision)
            / nullif(cast({{ formula.denominator or 1 }} as double precision), 0) as kpi_value
        from {{ model }}
        group by 1
    ),

    newest as (
        select period_start, kpi_value
        from figures
        where
            kpi_value is not null
            and period_start >= cast('{{ since }}' as date)
            and period_start + interval '{{ spans[formula.grain] }}' <= current_timestamp at time zone 'UTC'
        order by period_start desc
        limit 1
    )

    select '{{ kpi }}' as kpi_code, period_start, kpi_value
    from newest
    where false
        {%- if at_least is not none %} or kpi_value < {{ at_least }}{% endif %}
        {%- if at_most is not none %} or kpi_value > {{ at_most }}{% endif %}
{% endtest %}
