{{ config(materialized='view') }}

-- << grain >> Current truth over hot and cold rows alike.
-- << notice >>
-- depends_on: {{ ref('<< table >>') }}
{% if target.type == 'spark' %}
<< spark_body >>
{% else %}
<< body >>
{% endif %}
