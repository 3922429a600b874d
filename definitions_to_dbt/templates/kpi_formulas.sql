{# Every KPI of the definitions as SQL over its object's columns. << notice >> #}
{% macro kpi_formulas() %}
    {{
        return([
<% for kpi in kpis %>
            {
                'code': '<< kpi.code >>',
                'module': '<< kpi.module >>',
                'relation': '<< kpi.relation >>',
                'numerator': << kpi.numerator | jinja_string >>,
                'denominator': << kpi.denominator | jinja_string >>,
                'scale': << kpi.scale >>,
                'grain': '<< kpi.grain >>',
                'time_column': '<< kpi.time_column >>',
                'utc_time': << kpi.utc_time | jinja_string >>,
            },
<% endfor %>
        ])
    }}
{% endmacro %}
