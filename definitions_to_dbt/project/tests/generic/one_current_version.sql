{# Objects without exactly one current version, or with overlapping ones:  one_current_version: {arguments: {key: [customer_id]}} #}
{% test one_current_version(model, key) %}
    {%- set names = quoted(key) | join(', ') -%}
    select {{ names }}, count(*) filter (where is_current) as current_versions
    from {{ model }}
    group by {{ names }}
    having
        count(*) filter (where is_current) <> 1
        or count(*) filter (where is_current <> (valid_to is null)) > 0
        or count(*) filter (where valid_to < valid_from) > 0
{% endtest %}
