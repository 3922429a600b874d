{# Rows that share a value in all of `columns`, or lack one:  unique_and_present: {arguments: {columns: [order_id]}} #}
{% test unique_and_present(model, columns) %}
    {%- set key = quoted(columns) | join(', ') -%}
    select {{ key }}, count(*) as copies
    from {{ model }}
    group by {{ key }}
    having
        count(*) > 1
        {%- for name in quoted(columns) %}
        or {{ name }} is null
        {%- endfor %}
{% endtest %}
