{#
    Codes that name nothing. Each of `codes` says which column names what, and where that holds:
    codes_exist: {arguments: {codes: [{column: module_code, to: layer1_modules, field: module_code}]}}
#}
{% test codes_exist(model, codes) %}
    {%- for code in codes %}
    select '{{ code.column }}' as column_name, child.{{ code.column }}::text as code
    from {{ model }} as child
    left join {{ ref(prefixed(code.to)) }} as parent on child.{{ code.column }} = parent.{{ adapter.quote(code.field) }}::text
    where child.{{ code.column }} is not null and parent.{{ adapter.quote(code.field) }} is null
        {%- for column, value in code.get('where', {}).items() %} and child.{{ column }} = '{{ value }}' {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endtest %}
