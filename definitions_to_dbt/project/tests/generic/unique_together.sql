{# Rows that share a value in all of `columns`:  unique_together: {arguments: {columns: [pump_id, reading_date]}} #}
{% test unique_together(model, columns) %}
    {%- if columns | length < 2 -%}
        {{ exceptions.raise_compiler_error("unique_together needs two or more columns, got " ~ columns) }}
    {%- endif -%}
    {%- set key = quoted(columns) | join(', ') -%}
    select {{ key }}, count(*) as copies
    from {{ model }}
    group by {{ key }}
    having count(*) > 1
{% endtest %}
