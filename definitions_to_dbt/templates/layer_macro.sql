{# << says >> #}
{% macro << name >>(<< arguments >>) %}
<< ddl >>
{% endmacro %}
