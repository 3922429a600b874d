{# Rows that break a rule, with its name:  keeps_its_rules: {arguments: {rules: [{name: a total, holds: total >= 0}]}} #}
{% test keeps_its_rules(model, rules) %}
    with judged as (
        select
            *,
            concat_ws(
                ', '
                {%- for rule in rules %},
                case when not ({{ rule.holds }}) then {{ dbt.string_literal(rule.name | replace("'", "''")) }} end
                {%- endfor %}
            ) as broken_rules
        from {{ model }}
    )

    select * from judged where broken_rules <> ''
{% endtest %}
