{# What a model is called in dbt: its table's name. Inside a project that is not ours, a prefix comes before it. #}
{% macro prefixed(name) %}{{ return(name) }}{% endmacro %}
