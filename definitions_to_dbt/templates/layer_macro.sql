{# << says >> #}
{% macro << name >>(<< arguments >>) %}
<< ddl >>
{% endmacro %}
<% if shape is defined %>

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_<< table >>() %}
<< shape >>
{% endmacro %}
<% endif %>
