{#
    Codes that name nothing. Each of `codes` says which column names what, and where that holds:
    codes_exist: {arguments: {codes: [{column: module_code, to: layer1_modules, field: module_code}]}}
    Relations stand in queries of their own, because `dbt build --empty` gives them an alias.
#}
{% test codes_exist(model, codes) %}
    with child as (
        select * from {{ model }}
    )
    {%- for code in codes -%}
    ,

    parent_{{ loop.index }} as (
        select * from {{ ref(prefixed(code.to)) }}
    )
    {%- endfor %}

    {% for code in codes -%}
    select '{{ code.column }}' as column_name, child.{{ code.column }}::text as code
    from child
    left join parent_{{ loop.index }} as parent
        on child.{{ code.column }} = parent.{{ adapter.quote(code.field) }}::text
    where child.{{ code.column }} is not null and parent.{{ adapter.quote(code.field) }} is null
        {%- for column, value in code.get('where', {}).items() %} and child.{{ column }} = '{{ value }}' {%- endfor %}
    {% if not loop.last -%}
    union all
    {% endif %}
    {%- endfor %}
{% endtest %}
